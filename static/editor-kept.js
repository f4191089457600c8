/* What the scripts of the report editor share: the copy of unsaved text in this browser, and typing for the author. */
(function () {
  "use strict";

  const KEPT_DAYS = 7;
  // The prefix is also known to the sign-out button (data-forget, app.js): who signs out leaves nothing behind.
  const PREFIX = "report-draft:";

  /* --- What this browser keeps while it is not saved. Storage may be full or switched off: then saving must do. --- */

  const kept = {
    write: function (name, value) {
      try {
        window.localStorage.setItem(name, JSON.stringify(value));
        return true;
      } catch (error) {
        return false;
      }
    },
    /* Name → value of every text that begins with `prefix`; one that is too old to mean anything is removed. */
    find: function (prefix) {
      const found = {};
      try {
        Object.keys(window.localStorage).forEach(function (name) {
          if (name.indexOf(prefix) !== 0) {
            return;
          }
          let value = null;
          try {
            value = JSON.parse(window.localStorage.getItem(name));
          } catch (error) {
            // Not ours, or cut short.
          }
          if (value && typeof value.text === "string" && Date.now() - value.at < KEPT_DAYS * 86400000) {
            found[name] = value;
          } else {
            window.localStorage.removeItem(name);
          }
        });
      } catch (error) {
        // No storage, nothing kept.
      }
      return found;
    },
    remove: function (prefix) {
      Object.keys(kept.find(prefix)).forEach(function (name) {
        window.localStorage.removeItem(name);
      });
    },
  };

  /* As the server keeps a text (services/editing.py, normalised). */
  function normalised(text) {
    const lines = text.replace(/\r\n?/g, "\n").split("\n");
    return lines.map((line) => line.replace(/\s+$/, "")).join("\n").replace(/^\n+|\n+$/g, "");
  }

  /* Typing for the author, so that Ctrl+Z takes it back; assigning `value` would empty the undo list. */
  function type(area, text, start, end) {
    area.focus();
    area.setSelectionRange(start, end);
    const done = text ? document.execCommand("insertText", false, text) : document.execCommand("delete");
    if (!done) {
      area.setRangeText(text, start, end, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  function element(name, text, className) {
    const made = document.createElement(name);
    made.textContent = text;
    if (className) {
      made.className = className;
    }
    return made;
  }

  function button(text, action, primary) {
    const made = element("button", text, "btn btn-sm " + (primary ? "btn-primary" : "btn-light"));
    made.type = "button";
    made.addEventListener("click", action);
    return made;
  }

  /* The session is over, or another account's. */
  class SignedOut extends Error {}

  window.reportEditor = { PREFIX, SignedOut, kept, normalised, type, element, button };
})();
