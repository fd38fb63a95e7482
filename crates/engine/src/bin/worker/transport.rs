//! The single way out of the browser: every request of the engine passes here, and the content security policy lets it reach
//! this page's own origin only.

use js_sys::Uint8Array;
use stillroom_engine::transport::{Incoming, NoReply, Outgoing};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, Headers, RequestCache, RequestCredentials, RequestInit, RequestMode, RequestRedirect,
    Response,
};

/// How long an exchange may take, in milliseconds.
const TIME_LIMIT_MILLIS: u32 = 30_000;

/// Sends `request` as it is. No cookies, no cache, no redirects: the answer is the server's or there is none.
pub(crate) async fn send(request: &Outgoing) -> Incoming {
    match exchange(request).await {
        Ok(answered) => answered,
        Err(exception) if is_timeout(&exception) => Incoming::Failed(NoReply::TimedOut),
        Err(_) => Incoming::Failed(NoReply::Offline),
    }
}

fn is_timeout(exception: &JsValue) -> bool {
    crate::messages::field(exception, "name").as_string().as_deref() == Some("TimeoutError")
}

async fn exchange(request: &Outgoing) -> Result<Incoming, JsValue> {
    let init = RequestInit::new();
    init.set_method(request.method);
    init.set_mode(RequestMode::SameOrigin);
    init.set_credentials(RequestCredentials::Omit);
    init.set_cache(RequestCache::NoStore);
    init.set_redirect(RequestRedirect::Error);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(TIME_LIMIT_MILLIS)));
    let headers = Headers::new()?;
    for (name, value) in &request.headers {
        headers.set(name, value)?;
    }
    init.set_headers(&headers);
    if !request.body.is_empty() {
        init.set_body(&Uint8Array::from(request.body.as_slice()));
    }
    let scope = crate::messages::scope();
    let answer: Response =
        JsFuture::from(scope.fetch_with_str_and_init(&request.url, &init)).await?.dyn_into()?;
    let retry_after = answer.headers().get("retry-after")?;
    let body = JsFuture::from(answer.array_buffer()?).await?;
    Ok(Incoming::Answered {
        status: answer.status(),
        retry_after_seconds: retry_after.and_then(|seconds| seconds.trim().parse().ok()),
        body: Uint8Array::new(&body).to_vec(),
    })
}

/// This page's origin: the only server a browser talks to.
pub(crate) fn own_origin() -> String {
    crate::messages::scope().location().origin()
}

/// Global Privacy Control, where the browser has it.
pub(crate) fn has_privacy_control() -> bool {
    let navigator: JsValue = crate::messages::scope().navigator().into();
    crate::messages::field(&navigator, "globalPrivacyControl").is_truthy()
}
