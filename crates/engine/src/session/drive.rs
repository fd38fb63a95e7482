//! Driving a session from a program that may wait: the command line and tests. The browser's worker does the same between turns.

use super::{Answer, Session, Step, SyncStep};
use crate::{
    platform::Platform,
    protocol::{Failure, JobProgress, Request},
    transport::{Incoming, Outgoing},
};

/// Sends one request and waits for what comes back.
pub type Send<'a> = &'a mut dyn FnMut(&Outgoing) -> Incoming;

/// Answers any question that needs no file and no computation, whatever it takes: conversations, long work and exchanges.
/// `origin` is the server a workspace would be connected to.
///
/// # Errors
/// As [`Session::answer`], [`Session::talk`] and [`Session::begin_chore`].
pub fn answer<P: Platform>(
    session: &mut Session<P>,
    request: Request,
    origin: &str,
    send: Send<'_>,
    on_progress: &mut dyn FnMut(&JobProgress),
) -> Result<Answer, Failure> {
    if Session::<P>::needs_server(&request) {
        return converse(session, &request, origin, send);
    }
    if let Request::SyncNow(ask) = &request {
        session.set_gpc(ask.gpc);
        exchange(session, send)?;
        return Answer::of(&session.sync_info()?);
    }
    match session.begin_chore(&request)? {
        Some(mut chore) => loop {
            match session.step_chore(&mut chore)? {
                Some(progress) => on_progress(&progress),
                None => return session.end_chore(chore),
            }
        },
        None => session.answer(request),
    }
}

fn converse<P: Platform>(
    session: &mut Session<P>,
    request: &Request,
    origin: &str,
    send: Send<'_>,
) -> Result<Answer, Failure> {
    let mut step = session.talk(request, origin)?;
    loop {
        step = match step {
            Step::Send(talk, outgoing) => {
                let incoming = send(&outgoing);
                session.hear(talk, outgoing.entry, &incoming)?
            }
            Step::Done(answer) => return Ok(answer),
        };
    }
}

/// Exchanges with the server until there is nothing left to do now.
///
/// # Errors
/// `locked`; what stands in the way on the server's side is part of the status, not an error.
pub fn exchange<P: Platform>(session: &mut Session<P>, send: Send<'_>) -> Result<(), Failure> {
    session.ask_sync();
    loop {
        match session.next_exchange()? {
            SyncStep::Send(outgoing) => {
                let incoming = send(&outgoing);
                session.exchanged(&incoming)?;
            }
            SyncStep::Working => {}
            SyncStep::WaitUntil(_) | SyncStep::Idle => return Ok(()),
        }
    }
}
