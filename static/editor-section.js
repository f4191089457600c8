/* One section of the report editor: its text, where it is saved, and what is done when that does not work.
 *
 * `base` is the text the server has under `version`. Until the textarea holds the same, a copy is kept in this browser.
 */
(function () {
  "use strict";

  const SAVE_AFTER = 1500;
  const PREVIEW_AFTER = 400;
  const RETRY_FIRST = 2000;
  const RETRY_LAST = 60000;
  const { PREFIX, SignedOut, kept, normalised, type, element, button } = window.reportEditor;

  class Section {
    constructor(editor, node) {
      this.editor = editor;
      this.node = node;
      this.key = node.getAttribute("data-section");
      this.form = node.querySelector("form");
      this.area = node.querySelector("textarea");
      this.outline = editor.root.querySelector('[data-outline="' + this.key + '"]');
      this.name =
        PREFIX + editor.root.getAttribute("data-user") + ":" + editor.root.getAttribute("data-report") + ":" + this.key + ":";
      this.version = Number(node.getAttribute("data-version"));
      this.base = this.area.defaultValue;
      this.sent = []; // Texts that went out and may have been saved although no answer came back.
      this.saving = null;
      this.waits = false; // For a connection or a sign-in; then saving starts again by itself.
      this.conflict = null; // The other version, until the author has chosen.
      this.delay = RETRY_FIRST;

      this.area.addEventListener("input", () => this.typed());
      this.area.addEventListener("blur", () => this.save());
      this.form.addEventListener("submit", (event) => {
        if (event.submitter && event.submitter.hasAttribute("formaction")) {
          return;
        }
        event.preventDefault();
        this.save();
      });
      const copy = node.querySelector("[data-copy]");
      if (copy) {
        copy.addEventListener("click", () => {
          const start = this.area.selectionStart;
          // A line is a paragraph, and this one begins its own.
          const line = start > 0 && this.area.value[start - 1] !== "\n" ? "\n" : "";
          type(this.area, line + node.querySelector("[data-earlier]").textContent, start, this.area.selectionEnd);
        });
      }
      this.grow();
      this.recover();
    }

    isUnsaved() {
      return this.area.value !== this.base;
    }

    /* After a crash, a lost connection or an expired session the text may still be here. */
    recover() {
      const found = kept.find(this.name);
      const last = Object.values(found).sort((a, b) => b.at - a.at)[0];
      if (!last || normalised(last.text) === normalised(this.base)) {
        kept.remove(this.name);
        return;
      }
      this.area.value = last.text;
      this.grow();
      this.show();
      if (last.version === this.version) {
        this.say("已找回上次没有保存的文字", "warning");
        this.later(SAVE_AFTER);
      } else {
        // Somebody has saved meanwhile. Asking the server with the old version brings both texts to the author.
        this.version = last.version;
        this.save();
      }
    }

    typed() {
      this.keep();
      this.grow();
      clearTimeout(this.showing);
      this.showing = setTimeout(() => this.show(), PREVIEW_AFTER);
      if (this.conflict) {
        return;
      }
      if (!this.waits) {
        this.say("还没有保存", "quiet");
      }
      // Also while waiting for a connection: a fresh try costs nothing and may be the one that works.
      this.later(SAVE_AFTER);
    }

    keep() {
      if (this.isUnsaved()) {
        kept.write(this.name + this.version, { text: this.area.value, version: this.version, at: Date.now() });
      } else {
        kept.remove(this.name);
      }
    }

    later(delay) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.save(), delay);
    }

    /* Resolves when the text is saved or it is clear that it cannot be now. `leaving`: the page may go any moment. */
    save(leaving) {
      clearTimeout(this.timer);
      if (this.conflict || !this.isUnsaved()) {
        return this.saving || Promise.resolve();
      }
      if (!this.saving) {
        this.saving = this.attempt(leaving).finally(() => {
          this.saving = null;
        });
      }
      return this.saving;
    }

    async attempt(leaving) {
      const text = this.area.value;
      this.sent.push(normalised(text));
      if (!this.waits) {
        this.say("正在保存", "quiet");
      }
      try {
        // keepalive lets the request outlive the page, but only for short bodies; the copy kept here covers the rest.
        const answer = await this.editor.post(this.form.action, text, this.version, { keepalive: Boolean(leaving) });
        await this.answered(answer, text);
      } catch (error) {
        if (error instanceof SignedOut) {
          this.signedOut(error.message);
        } else {
          this.disconnected();
        }
      }
    }

    async answered(answer, text) {
      if (answer.status >= 500) {
        this.disconnected("服务器暂时没有应答");
        return;
      }
      if (answer.status === 404 || answer.status === 403) {
        this.refused("您现在不能修改这一部分，请把文字抄到别处");
        return;
      }
      const said = await answer.json();
      if (answer.status === 409) {
        this.met(said);
      } else if (answer.ok) {
        this.saved(said, text);
      } else {
        this.refused(said.error);
      }
    }

    saved(state, text) {
      kept.remove(this.name);
      this.adopt(state, text);
      this.trouble();
      if (this.isUnsaved()) {
        this.keep();
        this.later(SAVE_AFTER);
        return;
      }
      this.say("已保存 " + state.at, "done");
      this.nameAuthor(state);
    }

    /* Another text was saved while nothing was typed here. */
    follow(state) {
      if (state.row_version <= this.version || this.isUnsaved() || this.saving || this.conflict) {
        return;
      }
      this.area.value = state.source;
      this.adopt(state, state.source);
      this.grow();
      this.show();
      this.nameAuthor(state);
      this.say(state.is_edited ? "已换成" + state.updated_by + "刚保存的文字" : "已按台账更新", "done");
    }

    nameAuthor(state) {
      this.node.querySelector("[data-author]").textContent = state.is_edited ? state.updated_by + " " + state.at + "改过" : "自动生成";
      this.node.querySelector("[data-if-edited]").hidden = !state.is_edited;
    }

    /* The server has `text` under the version of `state`. */
    adopt(state, text) {
      this.base = text;
      this.version = state.row_version;
      // For the form without this script, which the browser may still send.
      this.form.elements.row_version.value = state.row_version;
      this.sent = [];
      this.waits = false;
      this.delay = RETRY_FIRST;
    }

    /* What went wrong, in words, and tried again later, less and less often. */
    disconnected(reason) {
      this.waits = true;
      this.say("没有保存：" + (reason || "连接中断") + "，文字已留在本机，恢复后自动保存", "warning");
      this.later(this.delay);
      this.delay = Math.min(this.delay * 2, RETRY_LAST);
    }

    signedOut(reason) {
      this.waits = true;
      this.say("没有保存：" + (reason || "登录已过期") + "，文字已留在本机", "warning");
      if (this.signIn && this.signIn.isConnected) {
        // Drawn anew under the finger that presses it, it would not open.
        return;
      }
      const link = element("a", "在新窗口登录");
      link.href = this.editor.root.getAttribute("data-sign-in");
      link.target = "_blank";
      // The new tab gets no hold of this one, which has unsaved text.
      link.rel = "noopener";
      this.signIn = link;
      this.trouble([link, document.createTextNode("，登录后回到这里，会自动保存。")]);
    }

    refused(reason) {
      this.waits = false;
      this.say("没有保存", "warning");
      this.trouble([element("span", reason)]);
    }

    /* Another version was saved meanwhile. Both are shown, and nothing is sent until the author has chosen. */
    met(said) {
      const theirs = said.current;
      if (this.sent.indexOf(theirs.source) >= 0) {
        // It is our own, whose answer got lost on the way.
        this.adopt(theirs, theirs.source);
        this.keep();
        this.later(0);
        return;
      }
      this.waits = false;
      this.conflict = theirs;
      const other = theirs.is_edited ? "对方" : "自动生成";
      this.say(
        "没有保存：" + (theirs.is_edited ? theirs.updated_by + " " + theirs.at + " 保存了另一版" : "自动生成的文字刚按台账更新过") + "，请选择",
        "warning"
      );
      const shown = element("pre", theirs.source || "（空）", "section-theirs");
      const difference = document.createElement("div");
      difference.className = "diff section-compare";
      difference.innerHTML = said.compared; // Escaped by the server (narrative/compare.py).
      const details = document.createElement("details");
      details.append(element("summary", "哪里不同：划线的只有" + other + "的有，着色的只有您有"), difference);
      const choices = document.createElement("div");
      choices.className = "section-buttons";
      choices.append(
        button("以我的为准保存", () => this.choose(this.area.value), true),
        button("用" + other + "的", () => this.choose(theirs.source)),
        button("把" + other + "的附在我的后面", () => this.choose(this.area.value.replace(/\n*$/, "\n") + theirs.source))
      );
      this.trouble([
        element("strong", theirs.is_edited ? "现在保存的是" + theirs.updated_by + " " + theirs.at + "写的：" : "现在自动生成的是："),
        shown,
        details,
        element("p", "您写的还在上面，可以对照着改好再选。"),
        choices,
      ]);
    }

    /* The author has seen the other version: from now on the text is one that follows it. */
    choose(text) {
      this.adopt(this.conflict, this.conflict.source);
      this.conflict = null;
      kept.remove(this.name);
      this.trouble();
      if (this.area.value !== text) {
        type(this.area, text, 0, this.area.value.length);
      }
      this.keep();
      if (this.isUnsaved()) {
        this.save();
      } else {
        this.say("已采用这一版", "done");
      }
      this.show();
    }

    say(text, kind) {
      const state = this.node.querySelector("[data-state]");
      state.textContent = text;
      state.className = "save-state save-" + kind;
      this.outline.textContent = kind === "warning" ? "没有保存" : "";
    }

    trouble(nodes) {
      const place = this.node.querySelector("[data-trouble]");
      place.textContent = "";
      place.append.apply(place, nodes || []);
      const isNew = place.hidden && nodes;
      place.hidden = !nodes;
      if (isNew && document.activeElement === this.area) {
        place.scrollIntoView({ block: "nearest" });
      }
    }

    /* The preview. Only the answer to the latest text counts; a failed one leaves the last preview standing. */
    async show() {
      if (this.asking) {
        this.asking.abort();
      }
      const asking = new AbortController();
      this.asking = asking;
      const shown = this.node.querySelector("[data-shown]");
      try {
        const url = this.node.getAttribute("data-preview");
        const answer = await this.editor.post(url, this.area.value, this.version, { signal: asking.signal });
        const said = await answer.json();
        if (this.asking === asking) {
          shown.innerHTML = said.html;
          this.node.querySelector("[data-compared]").innerHTML = said.compared;
          shown.classList.remove("is-old");
        }
      } catch (error) {
        if (error.name !== "AbortError") {
          shown.classList.add("is-old");
        }
      }
    }

    grow() {
      const area = this.area;
      area.style.height = "auto";
      area.style.height = area.scrollHeight + 4 + "px";
    }
  }

  window.reportEditor.Section = Section;
})();
