// Registers the service worker and tells the app about new versions.
//
// A new version is installed beside the running one and waits. The app hears of it by the event `stillroom:update` on
// the window, and by `data-update` on the root element if it comes too late for the event. The states:
//   "ready"   a new version waits; the app asks the user, then dispatches `stillroom:accept-update`;
//   "reload"  another tab took the new version; this page should be reloaded when it suits the user.

function announce(state) {
  document.documentElement.dataset.update = state;
  dispatchEvent(new CustomEvent("stillroom:update", { detail: state }));
}

/**
 * Watches for new versions for as long as the page lives.
 *
 * @param {string} address of the service worker; empty while developing, when there is none
 */
export async function watchForUpdates(address) {
  const container = navigator.serviceWorker;
  if (!address || !container) return;
  let isControlled = Boolean(container.controller);
  let isAccepted = false;
  container.addEventListener("controllerchange", () => {
    if (isAccepted) location.reload();
    else if (isControlled) announce("reload");
    isControlled = true;
  });

  const registration = await container.register(address, { updateViaCache: "none" });
  const offer = () => {
    if (registration.waiting && container.controller) announce("ready");
  };
  offer();
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", offer);
  });
  addEventListener("stillroom:accept-update", () => {
    isAccepted = true;
    if (registration.waiting) registration.waiting.postMessage("SKIP_WAITING");
    else location.reload();
  });
  document.addEventListener("visibilitychange", () => {
    // Offline the look-up fails, and the next one comes with the next return to the page.
    if (!document.hidden) registration.update().catch(() => {});
  });
}
