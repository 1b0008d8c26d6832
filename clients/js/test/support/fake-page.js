/** A browser's window, as far as it tells of sleep and of the network. */
export class FakePage extends EventTarget {
  document = Object.assign(new EventTarget(), { hidden: false });

  hide() {
    this.document.hidden = true;
    this.document.dispatchEvent(new Event("visibilitychange"));
  }

  show() {
    this.document.hidden = false;
    this.document.dispatchEvent(new Event("visibilitychange"));
  }
}
