// The portal's own script: small custom elements. Every page works without it.

const COPY_KEYS = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘C" : "Ctrl+C";

/** Puts text into a live region so that it is read even when it repeats. */
function say(region, text) {
  region.textContent = "";
  setTimeout(() => {
    region.textContent = text;
  }, 50);
}

/** <copy-button for="id" what="Client secret"> with a button and a role=status element. */
class CopyButton extends HTMLElement {
  connectedCallback() {
    this.onclick = (event) => event.target.closest("button") && this.copy();
  }

  async copy() {
    const source = document.getElementById(this.getAttribute("for"));
    const status = this.querySelector("[role=status]");
    try {
      await navigator.clipboard.writeText(source.textContent);
      say(status, `${this.getAttribute("what")} copied`);
    } catch {
      getSelection().selectAllChildren(source);
      say(status, `Your browser refused; the text is selected, press ${COPY_KEYS}`);
    }
  }
}

/** <env-download for="id" filename="x.env"> saves an element's text as a file, made in the browser. */
class EnvDownload extends HTMLElement {
  connectedCallback() {
    this.onclick = (event) => event.target.closest("button") && this.save();
  }

  save() {
    const text = document.getElementById(this.getAttribute("for")).textContent.trim();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/plain" }));
    link.download = this.getAttribute("filename");
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    say(this.querySelector("[role=status]"), `${link.download} saved to your downloads`);
  }
}

/**
 * <secret-reveal> holds the one-time secret. Until "I have stored the secret" is ticked it holds
 * back Done, Escape, a click outside and leaving the page. It removes itself on pagehide, so that
 * the browser's page cache cannot bring the secret back.
 */
class SecretReveal extends HTMLElement {
  #left = false;

  connectedCallback() {
    this.checkbox = this.querySelector("[data-stored]");
    this.checkbox.checked = false;
    this.addEventListener("click", this);
    this.addEventListener("change", this);
    this.addEventListener("submit", this);
    window.addEventListener("beforeunload", this);
    window.addEventListener("pagehide", this);
    // On a page of its own: Back and Reload then show the key's page and do not send the form again.
    if (!this.dialog) history.replaceState(null, "", this.dataset.url);
  }

  disconnectedCallback() {
    window.removeEventListener("beforeunload", this);
    window.removeEventListener("pagehide", this);
  }

  get guarded() {
    return !this.#left && !this.checkbox.checked;
  }

  get dialog() {
    return this.closest("portal-dialog");
  }

  handleEvent(event) {
    if (event.type === "beforeunload" && this.guarded) event.preventDefault();
    if (event.type === "pagehide") this.forget();
    if (event.type === "change" && event.target === this.checkbox) this.ticked();
    // With htmx the server's dialog-close ends the guard; a plain form leaves the page.
    if (event.type === "submit" && !this.dialog) this.#left = true;
    if (event.type === "click") this.clicked(event);
  }

  clicked(event) {
    if (event.target.closest("[data-done]")) {
      if (this.guarded) {
        event.preventDefault();
        this.remind();
        return;
      }
    } else if (event.target.closest("[data-leave]")) {
      this.#left = true;
    } else {
      return;
    }
    if (this.dialog) {
      event.preventDefault();
      this.dialog.close();
    }
  }

  ticked() {
    this.reminder.textContent = "";
    this.dialog?.letClose();
  }

  get reminder() {
    return this.querySelector(".reveal__reminder");
  }

  remind() {
    say(this.reminder, "Store the secret, then tick “I have stored the secret”. It cannot be shown again.");
    this.checkbox.focus();
  }

  forget() {
    const { dialog } = this;
    this.#left = true;
    if (dialog) dialog.close();
    else this.replaceWith(this.querySelector("[data-gone]").content);
  }
}

/** <portal-dialog> around the one <dialog>. */
class PortalDialog extends HTMLElement {
  #openerId = "";
  #opener = null;
  #changed = false;

  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.content = this.querySelector("#dialog-content");
    this.notice = this.querySelector(".dialog__notice");
    document.addEventListener("dialog-close", () => this.close());
    document.addEventListener("htmx:before:request", (event) => this.remember(event.detail.ctx));
    this.dialog.addEventListener("cancel", (event) => this.held() && event.preventDefault());
    this.dialog.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.held()) event.preventDefault();
    });
    this.dialog.addEventListener("input", () => {
      this.#changed = true;
    });
    this.dialog.addEventListener("mousedown", (event) => {
      if (!this.outside(event)) return;
      event.preventDefault(); // it would take the focus
      // A form that somebody began to fill in is not thrown away by a stray click.
      if (!this.held() && (this.reveal || !this.#changed)) this.close();
    });
    this.dialog.addEventListener("click", (event) => {
      if (!event.target.closest("[data-dialog-close]")) return;
      event.preventDefault();
      this.close();
    });
    this.dialog.addEventListener("close", () => this.closed());
  }

  get reveal() {
    return this.querySelector("secret-reveal");
  }

  /** Whether the pointer is on the backdrop; the dialog's border and scroll bar are not. */
  outside({ clientX: x, clientY: y }) {
    const { left, right, top, bottom } = this.dialog.getBoundingClientRect();
    return x < left || x > right || y < top || y > bottom;
  }

  /** Whether the secret holds the dialog open; says why when it does. */
  held() {
    if (!this.reveal?.guarded) return false;
    this.reveal.remind();
    return true;
  }

  remember({ target, sourceElement }) {
    if (target !== this.content || this.contains(sourceElement)) return;
    this.#opener = sourceElement;
    this.#openerId = sourceElement.id;
  }

  open() {
    this.notice.textContent = "";
    if (!this.dialog.open) this.#changed = false;
    this.letClose();
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.scrollTop = 0;
    (this.querySelector("#error-summary") ?? this.querySelector("#dialog-title"))?.focus();
  }

  /** Browsers that know closedby never close the dialog by themselves while it is guarded. */
  letClose() {
    this.dialog.setAttribute("closedby", this.reveal?.guarded ? "none" : "closerequest");
  }

  close() {
    if (this.dialog.open) this.empty();
  }

  closed() {
    // A browser may close a dialog on a second Escape whatever the page says.
    if (this.reveal?.guarded) {
      this.dialog.showModal();
      this.held();
    } else {
      this.empty();
    }
  }

  empty() {
    const created = this.reveal !== null;
    this.content.replaceChildren();
    if (this.dialog.open) this.dialog.close();
    const opener = this.#opener?.isConnected ? this.#opener : document.getElementById(this.#openerId);
    opener?.focus();
    ResultLine.mindFocus = true;
    if (created) document.body.dispatchEvent(new CustomEvent("keys-changed", { bubbles: true }));
  }
}

/** <open-dialog> in swapped content opens the dialog around it. */
class OpenDialog extends HTMLElement {
  connectedCallback() {
    // After the swap, so that the focus is not moved again.
    const dialog = this.closest("portal-dialog");
    if (dialog) setTimeout(() => dialog.isConnected && this.isConnected && dialog.open());
  }
}

/** <result-line> in a swapped list reads the new result aloud, and takes the focus when its row is gone. */
class ResultLine extends HTMLElement {
  static mindFocus = false;

  connectedCallback() {
    if (document.readyState !== "complete") return;
    say(document.getElementById("announcer"), this.textContent);
    setTimeout(() => {
      if (ResultLine.mindFocus && document.activeElement === document.body) this.focus();
      ResultLine.mindFocus = false;
    });
  }
}

/** <status-notice> shows what the server announces, and what went wrong on the way. */
class StatusNotice extends HTMLElement {
  #timer;

  connectedCallback() {
    this.button = this.querySelector("button");
    this.button.onclick = () => this.hide();
    document.addEventListener("notice", ({ detail }) => this.show(detail.text, detail.tone));
    document.addEventListener("htmx:response:error", ({ detail }) => this.refused(detail.ctx.response));
    document.addEventListener("htmx:error", () =>
      this.show("The portal did not answer. Check your connection, then try again.", "error"),
    );
  }

  refused({ status, headers }) {
    if (status === 409 || status === 422) return; // forms, swapped in
    const texts = {
      403: "You may not do this, or your page is too old. Reload the page, then try again.",
      404: "This no longer exists. Reload the page to see what is there now.",
      429: `Too many at once. Nothing was changed; wait ${this.wait(headers)}, then try again.`,
    };
    const id = headers.get("X-Request-ID");
    const text = texts[status] ?? "The portal could not do this. Reload the page to see what is true now, then try again.";
    this.show(id ? `${text} Request ${id}.` : text, "error");
  }

  /** How long the server says to wait, in words. */
  wait(headers) {
    const seconds = Number(headers.get("Retry-After")) || 60;
    if (seconds > 99) return `${Math.ceil(seconds / 60)} minutes`;
    return seconds === 1 ? "1 second" : `${seconds} seconds`;
  }

  show(text, tone = "success") {
    // Wait for a dialog-close in the same answer: a modal dialog silences the rest of the page.
    setTimeout(() => {
      const host = document.querySelector("portal-dialog");
      if (host.dialog.open) {
        say(host.notice, text);
        host.dialog.scrollTop = 0;
        return;
      }
      clearTimeout(this.#timer);
      this.dataset.tone = tone;
      this.button.hidden = false;
      say(this.querySelector("[role=status]"), text);
      if (tone === "success") this.#timer = setTimeout(() => this.hide(), 10000);
    }, 100);
  }

  hide() {
    if (this.matches(":hover, :focus-within") && document.activeElement !== this.button) return;
    delete this.dataset.tone;
    this.button.hidden = true;
    this.querySelector("[role=status]").textContent = "";
  }
}

/** <auto-submit> around a filter form: no button needed, and no empty names in the URL. */
class AutoSubmit extends HTMLElement {
  #timer;

  connectedCallback() {
    const form = this.querySelector("form");
    form.addEventListener("input", (event) => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => form.requestSubmit(), event.target.type === "search" ? 300 : 0);
    });
    form.addEventListener("submit", () => clearTimeout(this.#timer));
    form.addEventListener("formdata", ({ formData }) => {
      for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
    });
  }
}

/** <wait-time seconds="40"> counts down what it says, and says aloud when the wait is over. */
class WaitTime extends HTMLElement {
  connectedCallback() {
    const end = performance.now() + this.getAttribute("seconds") * 1000;
    const timer = setInterval(() => {
      const left = Math.ceil((end - performance.now()) / 1000);
      if (left > 0) {
        const [number, unit] = left < 100 ? [left, "second"] : [Math.ceil(left / 60), "minute"];
        this.textContent = `Try again in ${number} ${unit}${number === 1 ? "" : "s"}`;
        return;
      }
      clearInterval(timer);
      this.textContent = "You can try again now";
      say(document.getElementById("announcer"), this.textContent);
    }, 1000);
  }
}

/** <show-password> around a password field and its button, which shows what was typed, until it is sent. */
class ShowPassword extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.button = this.querySelector("button");
    this.button.hidden = false;
    this.button.onclick = () => this.show(this.input.type === "password");
    this.input.form?.addEventListener("submit", () => this.show(false)); // browsers keep shown text for suggestions
  }

  show(shown) {
    this.input.type = shown ? "text" : "password";
    this.button.firstElementChild.textContent = shown ? "Hide" : "Show";
  }
}

/** <user-menu> around <details>: Escape and a click elsewhere close it. */
class UserMenu extends HTMLElement {
  connectedCallback() {
    const details = this.querySelector("details");
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !details.open) return;
      details.open = false;
      details.querySelector("summary").focus();
    });
    document.addEventListener("click", (event) => {
      if (!this.contains(event.target)) details.open = false;
    });
    this.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !this.contains(event.relatedTarget)) details.open = false;
    });
  }
}

/**
 * The second click of a double click does not send a page's form again: its answer would take the
 * place of the first one, and with it the client secret. In the dialog htmx's hx-sync sees to it.
 */
const lastSent = new WeakMap();
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (event.timeStamp - lastSent.get(event.target) < 5000) event.preventDefault();
  else lastSent.set(event.target, event.timeStamp);
});

customElements.define("copy-button", CopyButton);
customElements.define("env-download", EnvDownload);
customElements.define("portal-dialog", PortalDialog);
customElements.define("secret-reveal", SecretReveal);
customElements.define("open-dialog", OpenDialog);
customElements.define("result-line", ResultLine);
customElements.define("status-notice", StatusNotice);
customElements.define("auto-submit", AutoSubmit);
customElements.define("show-password", ShowPassword);
customElements.define("user-menu", UserMenu);
customElements.define("wait-time", WaitTime);
