// The lines of a log that are added while one reads. Without this the page shows those there were when it was loaded.

const EVERY_MS = 1000;
const SLOWEST_MS = 15000;
const MOST_LINES = 5000;

class LogView extends HTMLElement {
  connectedCallback() {
    this.lines = this.querySelector(".log");
    this.said = this.querySelector("[role=status]");
    this.next = this.dataset.next;
    this.waits = EVERY_MS;
    this.follow();
    this.lines.scrollTop = this.lines.scrollHeight;
    if (this.dataset.complete !== "true") this.ask();
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }

  /** Whoever has scrolled up wants to read there; at the end one stays at the end. */
  follow() {
    this.atEnd = true;
    this.lines.addEventListener("scroll", () => {
      this.atEnd = this.lines.scrollHeight - this.lines.scrollTop - this.lines.clientHeight < 40;
    });
  }

  ask() {
    this.timer = setTimeout(() => this.read(), document.hidden ? SLOWEST_MS : this.waits);
  }

  async read() {
    try {
      const answer = await fetch(`${this.dataset.source}?offset=${this.next}`, { redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      this.add(await answer.text());
      this.next = answer.headers.get("x-log-next");
      this.waits = EVERY_MS;
      if (answer.headers.get("x-log-complete") === "true") return this.ended();
    } catch {
      // The server restarts, or one is signed out: asked again, ever more seldom.
      this.waits = Math.min(2 * this.waits, SLOWEST_MS);
      this.said.textContent = "The server does not answer; trying again.";
    }
    this.ask();
  }

  /** The server has escaped the lines. */
  add(html) {
    if (html) this.lines.insertAdjacentHTML("beforeend", html);
    while (this.lines.childElementCount > MOST_LINES) this.lines.firstElementChild.remove();
    if (this.said.textContent) this.said.textContent = "";
    if (this.atEnd) this.lines.scrollTop = this.lines.scrollHeight;
  }

  /** The page tells more of what has ended than of what goes on. */
  ended() {
    if (this.dataset.reload === "true") location.reload();
  }
}

customElements.define("log-view", LogView);
