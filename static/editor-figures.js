/* Choosing a figure while writing: after "{{" a list of figures, after "@" other periods and units, after "|" the ways
 * to say the one that was named.
 *
 * The list is an ARIA listbox that the textarea points to (aria-activedescendant), so the caret never leaves the text:
 * arrows move, Enter takes, Esc closes. Searching is by label, synonym or code. Who chooses a figure gets a complete
 * token at once and may go on writing; the list then offers, without being asked, how else it could be said.
 */
(function () {
  "use strict";

  const SHOWN = 40;
  // Input methods write full-width braces and bars (narrative/tokens.py).
  const OPEN = /(?:\{\{|｛｛)([^{}｛｝\n]*)$/;
  const CLOSE = /^[^{}｛｝\n]*(?:\}\}|｝｝)/;

  /* Fetched when first needed, once; a minute later once more, as a colleague may have entered something. */
  let loading = null;
  let loaded = 0;
  function figures(root) {
    if (!loading || Date.now() - loaded > 60000) {
      loaded = Date.now();
      loading = window
        .fetch(root.getAttribute("data-figures"), { credentials: "same-origin", headers: { Accept: "application/json" } })
        .then(function (answer) {
          if (!answer.ok) {
            throw new Error(answer.status);
          }
          return answer.json();
        })
        .catch(function () {
          loading = null;
          return null;
        });
    }
    return loading;
  }

  /* How well `figure` goes with `words`: 0 not at all. Clerks leave characters out: 少民人口 finds 少数民族人口. */
  function rank(figure, words) {
    if (!words) {
      return 1;
    }
    const names = [figure.label].concat(figure.synonyms, figure.code);
    return names.reduce(function (best, name) {
      const lower = name.toLowerCase();
      const at = lower.indexOf(words);
      const score = lower === words ? 5 : at === 0 ? 4 : at > 0 ? 3 : inOrder(words, lower) ? 2 : 0;
      return Math.max(best, score);
    }, 0);
  }

  function inOrder(words, name) {
    let from = 0;
    return Array.from(words).every(function (char) {
      from = name.indexOf(char, from) + 1;
      return from > 0;
    });
  }

  class Chooser {
    constructor(root, section) {
      this.root = root;
      this.area = section.querySelector("textarea");
      this.place = this.area.parentNode;
      this.id = this.area.id + "-figures";
      this.options = [];
      this.active = -1;
      this.area.setAttribute("aria-autocomplete", "list");
      this.area.addEventListener("input", () => this.look());
      this.area.addEventListener("keydown", (event) => this.pressed(event));
      this.area.addEventListener("blur", () => this.close());
      // Moving the caret away by mouse or by keys that the list does not take.
      this.area.addEventListener("click", () => this.close());
      const insert = section.querySelector("[data-insert]");
      // The focus stays in the text, and with it the place to insert at.
      insert.addEventListener("mousedown", (event) => event.preventDefault());
      insert.addEventListener("click", () => this.ask());
    }

    /* The button: as if the braces had been typed. */
    ask() {
      const at = this.area.selectionEnd;
      if (!OPEN.test(this.area.value.slice(0, at))) {
        window.reportEditor.type(this.area, "{{", at, at);
        this.asked = true;
      }
      this.area.focus();
      this.look();
    }

    /* What is being written before the caret: {start, end, code, words, isFilter}, or null. */
    written() {
      const caret = this.area.selectionStart;
      const before = this.area.value.slice(0, caret);
      const open = OPEN.exec(before);
      if (!open || caret !== this.area.selectionEnd || before[open.index - 1] === "\\") {
        return null;
      }
      const rest = CLOSE.exec(this.area.value.slice(caret));
      const parts = open[1].replace(/＠/g, "@").split(/[|｜]/);
      return {
        start: open.index,
        // A token that is being changed is replaced as a whole.
        end: caret + (rest ? rest[0].length : 0),
        name: parts[0].trim(),
        words: parts[parts.length - 1].trim().toLowerCase(),
        isFilter: parts.length > 1,
      };
    }

    async look() {
      if (this.ignoring) {
        return;
      }
      const written = this.written();
      if (!written) {
        this.close();
        return;
      }
      const data = await figures(this.root);
      // Meanwhile the author may have gone on.
      const now = this.written();
      if (!now || document.activeElement !== this.area) {
        this.close();
      } else if (!data) {
        this.open([], now, "现在取不到指标列表，可以直接写指标代码");
      } else if (now.isFilter) {
        this.offerFilters(data, now, 0);
      } else if (now.name.indexOf("@") >= 0) {
        this.offerPlaces(data, now);
      } else {
        this.offerFigures(data, now);
      }
    }

    offerFigures(data, written) {
      const words = written.name.toLowerCase();
      const ranked = data.figures
        .map((figure, position) => ({ figure: figure, position: position, rank: rank(figure, words) }))
        .filter((item) => item.rank)
        .sort((a, b) => b.rank - a.rank || a.position - b.position)
        .slice(0, SHOWN);
      this.open(
        ranked.map((item) => ({
          title: item.figure.label,
          note: item.figure.family + " " + item.figure.code,
          said: item.figure.said[""] || "还没有登记",
          take: () => this.takeFigure(data, item.figure, written),
        })),
        written,
        ranked.length ? "选一个数字" : "没有叫“" + written.name + "”的指标"
      );
      this.activate(ranked.length ? 0 : -1);
    }

    /* Behind "@": another period, or a unit below. */
    offerPlaces(data, written) {
      const at = written.name.lastIndexOf("@");
      const begun = written.name.slice(0, at + 1);
      const words = written.name.slice(at + 1).trim();
      const known = data.places
        .filter((place) => !words || [place.label, place.written, place.note].some((name) => name.indexOf(words) >= 0))
        .slice(0, SHOWN);
      this.open(
        known.map((place) => ({
          title: place.label,
          note: place.note,
          said: "@" + place.written,
          take: () => this.write("{{" + begun + place.written + "}}", written),
        })),
        written,
        known.length ? "选期间或下级单位" : "没有叫“" + words + "”的期间或下级单位"
      );
      this.activate(known.length ? 0 : -1);
    }

    /* `first`: which one is active, -1 for none, so that Enter stays a new line for who just goes on writing. */
    offerFilters(data, written, first) {
      const code = written.name.split("@")[0].trim();
      const figure = data.figures.find((each) => each.code === code);
      // Words for another period than the report's are not at hand; the example says what is meant.
      const own = figure && written.name.indexOf("@") < 0 ? figure.said : null;
      const known = data.filters.filter(function (filter) {
        const wanted = !written.words || filter.name.indexOf(written.words) === 0 || filter.label.indexOf(written.words) >= 0;
        return filter.name && wanted;
      });
      this.open(
        known.map((filter) => ({
          title: filter.label,
          note: "|" + filter.name,
          said: own ? own[filter.name] || "没有可说的" : "如：" + filter.example,
          take: () => this.write("{{" + written.name + "|" + filter.name + "}}", written),
        })),
        written,
        figure ? "换个说法：" + figure.label : "没有“" + code + "”这个指标，先写对指标再选说法"
      );
      this.activate(known.length ? first : -1);
    }

    takeFigure(data, figure, written) {
      const token = "{{" + figure.code + "}}";
      this.write(token, written);
      const now = { start: written.start, end: written.start + token.length, name: figure.code, words: "", isFilter: true };
      this.offerFilters(data, now, -1);
    }

    write(text, written) {
      this.asked = false;
      // Our own typing must not open the list anew.
      this.ignoring = true;
      window.reportEditor.type(this.area, text, written.start, written.end);
      this.ignoring = false;
      this.close();
    }

    pressed(event) {
      // While an input method composes, Enter and arrows are its own.
      if (event.isComposing || event.keyCode === 229 || !this.list) {
        return;
      }
      const last = this.options.length - 1;
      if (event.key === "ArrowDown" && last >= 0) {
        this.activate(this.active < last ? this.active + 1 : 0);
      } else if (event.key === "ArrowUp" && last >= 0) {
        this.activate(this.active > 0 ? this.active - 1 : last);
      } else if ((event.key === "Enter" || event.key === "Tab") && this.active >= 0) {
        this.options[this.active].take();
      } else if (event.key === "Escape") {
        this.cancel();
      } else {
        if (["ArrowLeft", "ArrowRight", "Home", "End"].indexOf(event.key) >= 0) {
          this.close();
        }
        return;
      }
      event.preventDefault();
    }

    /* Esc after the button: the braces were ours, so they go again. */
    cancel() {
      const at = this.area.selectionEnd;
      if (this.asked && this.area.value.slice(at - 2, at) === "{{") {
        this.ignoring = true;
        window.reportEditor.type(this.area, "", at - 2, at);
        this.ignoring = false;
      }
      this.close();
    }

    open(options, written, heading) {
      this.close();
      this.options = options;
      const box = document.createElement("div");
      box.className = "figure-box";
      const head = document.createElement("div");
      head.className = "figure-head";
      head.id = this.id + "-head";
      head.textContent = heading;
      // What a screen reader hears when the list changes; the options it reads by itself.
      head.setAttribute("role", "status");
      const list = document.createElement("ul");
      list.id = this.id;
      list.setAttribute("role", "listbox");
      list.setAttribute("aria-labelledby", head.id);
      options.forEach((option, number) => list.append(this.row(option, number)));
      box.append(head, list);
      box.style.top = this.below(written.start) + "px";
      // Pressing the mouse in the list must not take the focus out of the text.
      box.addEventListener("mousedown", (event) => event.preventDefault());
      this.place.append(box);
      this.list = box;
      this.area.setAttribute("aria-controls", this.id);
      this.area.setAttribute("aria-haspopup", "listbox");
    }

    row(option, number) {
      const row = document.createElement("li");
      row.id = this.id + "-" + number;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", "false");
      [["figure-title", option.title], ["figure-said", option.said], ["figure-note", option.note]].forEach(function (part) {
        const span = document.createElement("span");
        span.className = part[0];
        span.textContent = part[1];
        row.append(span, " ");
      });
      row.addEventListener("click", (event) => {
        event.stopPropagation();
        option.take();
      });
      return row;
    }

    activate(number) {
      this.active = number;
      Array.from(this.list.querySelectorAll("[role=option]")).forEach((row, position) => {
        row.setAttribute("aria-selected", String(position === number));
        if (position === number) {
          this.area.setAttribute("aria-activedescendant", row.id);
          row.scrollIntoView({ block: "nearest" });
        }
      });
      if (number < 0) {
        this.area.removeAttribute("aria-activedescendant");
      }
    }

    close() {
      if (this.list) {
        this.list.remove();
      }
      this.list = null;
      this.options = [];
      this.active = -1;
      ["aria-activedescendant", "aria-controls", "aria-haspopup"].forEach((name) => this.area.removeAttribute(name));
    }

    /* Where the line of `position` ends, in pixels from the top of the text: a textarea does not say, a copy of it does. */
    below(position) {
      const copy = document.createElement("div");
      const style = window.getComputedStyle(this.area);
      ["fontFamily", "fontSize", "lineHeight", "letterSpacing", "paddingTop", "paddingLeft", "paddingRight"].forEach(
        (name) => {
          copy.style[name] = style[name];
        }
      );
      copy.className = "figure-measure";
      copy.style.width = this.area.clientWidth + "px";
      copy.textContent = this.area.value.slice(0, position);
      const mark = document.createElement("span");
      mark.textContent = "{{";
      copy.append(mark);
      this.place.append(copy);
      const bottom = mark.offsetTop + mark.offsetHeight;
      copy.remove();
      return Math.min(bottom - this.area.scrollTop, this.area.offsetHeight) + 6;
    }
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-editor]").forEach(function (root) {
      root.querySelectorAll("[data-section]").forEach((section) => new Chooser(root, section));
    });
  });
})();
