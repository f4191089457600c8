/* Small comforts on top of pages that work without them. ES2019, no dependencies, no inline handlers.
 *
 * Markup contract:
 *   data-once           form (every POST form has it by default): its buttons are switched off after the first submit
 *   data-guard          form: leaving the page with unsaved changes asks first
 *   data-unsaved        form: holds what was typed and not saved
 *   data-go-on          form: sent at once; its button is for browsers without scripts
 *   data-dismiss        button: removes the closest .alert
 *   data-print          button or link: prints the page
 *   data-printed-at     takes the time of printing
 *   data-narrow-closed  details: open by default, closed at load on narrow screens
 *   data-remember=KEY   details: its open state is kept in this browser
 *   data-forget=PREFIX  form: submitting it removes what pages keep in this browser under names of this prefix
 *   data-shortcut=search|new   what the keys "/" and "n" go to
 *   details.menu        closes on Escape and on a click elsewhere
 */
(function () {
  "use strict";

  var root = document.documentElement;
  root.classList.add("js");

  function all(selector, scope) {
    return Array.prototype.slice.call((scope || document).querySelectorAll(selector));
  }

  /* Submit once. The server refuses the second copy anyway; this spares the clerk the question. */
  function submitButtons(form) {
    return Array.prototype.filter.call(form.elements, function (element) {
      return element.type === "submit";
    });
  }

  function release(form) {
    form.removeAttribute("data-submitted");
    submitButtons(form).forEach(function (button) {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    });
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || event.defaultPrevented) {
      return;
    }
    if (form.hasAttribute("data-submitted")) {
      event.preventDefault();
      return;
    }
    form.setAttribute("data-submitted", "");
    if (form.hasAttribute("data-forget")) {
      forget(form.getAttribute("data-forget"));
    }
    // After this task: a disabled button would not be sent with the form, and its name=value may matter.
    setTimeout(function () {
      submitButtons(form).forEach(function (button) {
        button.disabled = true;
        button.setAttribute("aria-busy", "true");
      });
    }, 0);
    if (form.hasAttribute("data-download")) {
      setTimeout(release, 3000, form);
    }
  });

  /* Who signs out leaves nothing of the work on a machine that others use too. */
  function forget(prefix) {
    try {
      Object.keys(window.localStorage).forEach(function (name) {
        if (name.indexOf(prefix) === 0) {
          window.localStorage.removeItem(name);
        }
      });
    } catch (error) {
      // Storage is switched off: nothing was kept.
    }
  }

  window.addEventListener("pageshow", function (event) {
    if (event.persisted) {
      all("form[data-submitted]").forEach(release);
    }
  });

  /* Unsaved changes. */
  function fingerprint(form) {
    var parts = [];
    Array.prototype.forEach.call(form.elements, function (element) {
      if (!element.name || element.type === "hidden" || element.type === "submit") {
        return;
      }
      var checkable = element.type === "checkbox" || element.type === "radio";
      parts.push(element.name + "=" + (checkable ? element.checked : element.value));
    });
    return parts.join("\n");
  }

  function guard(form) {
    // A form that came back with errors holds typed text that is not saved yet.
    var unsaved = form.hasAttribute("data-unsaved") || form.querySelector(".has-error");
    var saved = unsaved ? null : fingerprint(form);
    window.addEventListener("beforeunload", function (event) {
      if (!form.hasAttribute("data-submitted") && fingerprint(form) !== saved) {
        event.preventDefault();
        event.returnValue = "";
      }
    });
  }

  /* Keyboard. */
  function typing(target) {
    return /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) || target.isContentEditable;
  }

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      all("details.menu[open]").forEach(function (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
      if (typing(event.target) && event.target.getAttribute("data-shortcut") === "search") {
        event.target.blur();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) {
      return;
    }
    var wanted = event.key === "/" ? "search" : event.key === "n" ? "new" : "";
    var target = wanted && document.querySelector('[data-shortcut="' + wanted + '"]');
    if (!target) {
      return;
    }
    event.preventDefault();
    if (wanted === "search") {
      target.focus();
      target.select();
    } else {
      target.click();
    }
  });

  document.addEventListener("click", function (event) {
    all("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) {
        menu.open = false;
      }
    });
    var button = event.target.closest("[data-dismiss], [data-print]");
    if (!button) {
      return;
    }
    if (button.hasAttribute("data-print")) {
      event.preventDefault();
      window.print();
    } else {
      var alert = button.closest(".alert");
      alert.parentNode.removeChild(alert);
    }
  });

  /* Which parts of the menu are folded is a habit of this browser, not of the account. */
  function remember(details) {
    var key = "fold:" + details.getAttribute("data-remember");
    try {
      if (window.localStorage.getItem(key) === "closed" && !details.querySelector("[aria-current]")) {
        details.open = false;
      }
      details.addEventListener("toggle", function () {
        if (details.open) {
          window.localStorage.removeItem(key);
        } else {
          window.localStorage.setItem(key, "closed");
        }
      });
    } catch (error) {
      // Storage is switched off: everything stays open.
    }
  }

  /* The buttons of a long form stay at the bottom of the window: the field that one comes to moves out from under them. */
  document.addEventListener("focusin", function (event) {
    var bar = event.target.form && event.target.form.querySelector(".form-actions");
    if (bar && !bar.contains(event.target)) {
      if (event.target.getBoundingClientRect().bottom > bar.getBoundingClientRect().top) {
        event.target.scrollIntoView({ block: "center" });
      }
    }
  });

  /* What scrolls sideways on a narrow screen can be scrolled by the arrow keys as well. */
  function reachable() {
    all("main .table-wrap, main figure, main .diff").forEach(function (box) {
      if (box.scrollWidth > box.clientWidth && !box.hasAttribute("tabindex")) {
        box.tabIndex = 0;
      }
    });
  }

  window.addEventListener("resize", reachable);
  document.addEventListener("toggle", reachable, true);
  document.addEventListener("htmx:afterSettle", reachable);

  function ready() {
    reachable();
    all("form[data-guard]").forEach(guard);
    all("form[data-go-on]").forEach(function (form) {
      form.submit();
    });
    all("details[data-remember]").forEach(remember);
    if (window.matchMedia("(max-width: 767.98px)").matches) {
      all("details[data-narrow-closed]").forEach(function (details) {
        details.open = false;
      });
    }
    var current = document.querySelector(".sidebar-body [aria-current]");
    if (current) {
      var body = document.querySelector(".sidebar-body");
      var below = current.offsetTop + current.offsetHeight - body.clientHeight;
      if (below > 0) {
        body.scrollTop = below + 80;
      }
    }
    var summary = document.querySelector("[data-focus]");
    if (summary) {
      summary.focus();
    }
  }

  window.addEventListener("beforeprint", function () {
    all("[data-printed-at]").forEach(function (element) {
      var now = new Date();
      var minutes = ("0" + now.getMinutes()).slice(-2);
      element.textContent =
        now.getFullYear() + "年" + (now.getMonth() + 1) + "月" + now.getDate() + "日 " +
        ("0" + now.getHours()).slice(-2) + ":" + minutes;
    });
  });

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", ready);
  } else {
    ready();
  }
})();
