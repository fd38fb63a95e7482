// The one Trusted Types policy of the page. It lets through what the build contains, and nothing made at run time.
//
// HTML: Leptos writes its static subtrees through `innerHTML`. Those templates are constants of the app, so each stands
// word for word in the WebAssembly file; text that a customer's data could have shaped does not. The second lock refuses
// anything that could run or load, whatever its origin.
// Script addresses: the worker and the service worker of this build, by their exact addresses.
// Script text: never.

const RUNS_OR_LOADS =
  /<\/?(script|iframe|object|embed|base|meta|link|style)\b|<[^>]*([\s"'/](on[a-z]+|srcdoc)\s*=|javascript:)/i;

/**
 * Installs the default policy.
 *
 * @param {string[]} scriptAddresses addresses a worker or service worker may be started from; empty ones are left out
 * @returns {{allowTemplatesIn(code: ArrayBuffer): void}} tells the policy which code its templates come from
 */
export function installPolicy(scriptAddresses) {
  const allowed = new Set(
    scriptAddresses.filter(Boolean).map((address) => new URL(address, document.baseURI).href),
  );
  const bytes = new TextEncoder();
  // One character a byte, so that a search over text is a search over bytes.
  const latin = new TextDecoder("latin1");
  let code = new ArrayBuffer(0);
  let text;
  const isOfTheApp = (html) => (text ??= latin.decode(code)).includes(latin.decode(bytes.encode(html)));
  globalThis.trustedTypes?.createPolicy("default", {
    createHTML: (html) => (html === "" || (!RUNS_OR_LOADS.test(html) && isOfTheApp(html)) ? html : null),
    createScriptURL: (address) => (allowed.has(new URL(address, document.baseURI).href) ? address : null),
  });
  return {
    allowTemplatesIn(appCode) {
      code = appCode;
      text = undefined;
    },
  };
}
