/* The text of a draft report: saved while it is written, and nothing lost on the way.
 *
 * Each section is on its own: it knows the text the server has (`base`) and on which version that is, and what stands
 * in the textarea. Until both are the same, the text is also kept in this browser, so that neither a lost connection
 * nor an expired session nor a crash takes it away. Nobody's text is overwritten: the server refuses a text that was
 * written on an older version (409), and its author chooses. The page works without this script; see the contract in
 * templates/reporting/reports/_section.html. One section is in editor-section.js, what keeps the text here in
 * editor-kept.js, the completion of figures in editor-figures.js.
 */
(function () {
  "use strict";

  // How often the page asks whether a section has got another text meanwhile, from a colleague or the ledgers.
  const LOOK_EVERY = 60000;
  const LOOK_AGAIN = 5000;
  const { Section, SignedOut } = window.reportEditor;

  /* --- The page: one session and one token for all sections --- */

  class Editor {
    constructor(root) {
      this.root = root;
      this.token = root.querySelector("[name=csrfmiddlewaretoken]").value;
      this.sections = Array.from(root.querySelectorAll("[data-section]"), (node) => new Section(this, node));
      window.addEventListener("online", () => this.tryAgain());
      // Back from the tab in which the author signed in.
      window.addEventListener("focus", () => {
        this.tryAgain();
        this.look();
      });
      setInterval(() => this.look(), LOOK_EVERY);
      document.addEventListener("visibilitychange", () => {
        if (document.hidden) {
          this.sections.forEach((section) => section.save(true));
        } else {
          this.tryAgain();
          this.look();
        }
      });
      window.addEventListener("pagehide", () => this.sections.forEach((section) => section.save(true)));
      window.addEventListener("beforeunload", (event) => {
        if (this.sections.some((section) => section.isUnsaved())) {
          event.preventDefault();
          event.returnValue = "";
        }
      });
      document.addEventListener("click", (event) => this.leave(event));
    }

    tryAgain() {
      this.sections.filter((section) => section.waits).forEach((section) => section.save());
    }

    /* Where nothing was typed, the page follows what is saved: a text that the ledgers have renewed is nobody's conflict. */
    async look() {
      if (document.hidden || Date.now() - (this.looked || 0) < LOOK_AGAIN) {
        return;
      }
      this.looked = Date.now();
      try {
        const answer = await this.fetch(this.root.getAttribute("data-sections"), {});
        const states = answer.ok ? (await answer.json()).sections : [];
        states.forEach((state) => {
          const section = this.sections.find((each) => each.key === state.key);
          if (section) {
            section.follow(state);
          }
        });
      } catch (error) {
        // Signed out or no connection: who types will hear of it.
      }
    }

    /* A link first saves what was typed a moment ago, so that only what cannot be saved makes the browser warn. */
    leave(event) {
      const link = event.target.closest("a[href]");
      const elsewhere = link && (link.target || link.pathname === window.location.pathname);
      const modified = event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented;
      if (!link || elsewhere || modified || !this.sections.some((section) => section.isUnsaved())) {
        return;
      }
      event.preventDefault();
      Promise.all(this.sections.map((section) => section.save())).then(() => window.location.assign(link.href));
    }

    /* POST a section's text; rejects with SignedOut, or with TypeError when there is no connection. */
    async post(url, text, version, options) {
      const answer = await this.send(url, text, version, options);
      if (answer.status !== 403) {
        return answer;
      }
      // Signing in again, in whichever tab, has made this page's token void. A new one tells whether it was that.
      await this.renew();
      return this.send(url, text, version, options);
    }

    async send(url, text, version, options) {
      const data = new FormData();
      data.append("csrfmiddlewaretoken", this.token);
      data.append("row_version", version);
      data.append("source", text);
      return this.fetch(url, Object.assign({ method: "POST", body: data }, options));
    }

    async renew() {
      const answer = await this.fetch(this.root.getAttribute("data-session"), {});
      if (!answer.ok) {
        throw new SignedOut();
      }
      const session = await answer.json();
      if (String(session.user) !== this.root.getAttribute("data-user")) {
        // On a shared machine somebody else has signed in; this text is not theirs to save.
        throw new SignedOut("现在登录的是别的账号");
      }
      this.token = session.csrf;
    }

    async fetch(url, options) {
      const settings = { credentials: "same-origin", redirect: "manual", headers: { Accept: "application/json" } };
      const answer = await window.fetch(url, Object.assign(settings, options));
      // Only a page that wants something else of the user first answers a script with a redirect.
      if (answer.status === 401 || answer.type === "opaqueredirect") {
        throw new SignedOut();
      }
      return answer;
    }
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-editor]").forEach((root) => new Editor(root));
  });
})();
