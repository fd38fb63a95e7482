//! The engine's worker: receives questions, answers them from the session, and hands long computations to a second worker
//! of the same script, so that reading and cancelling stay possible while numbers are crunched.

#[cfg(target_arch = "wasm32")]
mod compute;
#[cfg(target_arch = "wasm32")]
mod desk;
#[cfg(target_arch = "wasm32")]
mod exchange;
#[cfg(target_arch = "wasm32")]
mod files;
#[cfg(target_arch = "wasm32")]
mod messages;
#[cfg(target_arch = "wasm32")]
mod platform;
#[cfg(target_arch = "wasm32")]
mod transport;

#[cfg(target_arch = "wasm32")]
fn main() {
    console_error_panic_hook::set_once();
    let scope = messages::scope();
    if scope.name() == compute::WORKER_NAME {
        compute::serve(&scope);
    } else {
        wasm_bindgen_futures::spawn_local(desk::serve(scope));
    }
}

/// Natively the engine is a library: the command line and the tests call it directly.
#[cfg(not(target_arch = "wasm32"))]
fn main() {}
