//! What is done without being asked: finishing removals, ending what is over, counting what is held.

use std::sync::Arc;
use std::time::Duration;

use stillroom_consent::WorkspaceId;

use crate::Fault;
use crate::log::short;
use crate::service::Desk;
use crate::state::State;

/// How often everything is gone through.
const PERIOD: Duration = Duration::from_secs(600);
/// Every how many rounds old operations are looked through for those a later one replaced: twice a day.
const ROUNDS_UNTIL_SUPERSEDED: u64 = 72;

/// Finishes the removals of a workspace while others are served.
pub(crate) fn finish_soon(desk: &Arc<Desk>, workspace: WorkspaceId) {
    let desk = Arc::clone(desk);
    tokio::spawn(async move {
        if let Err(fault) = desk.finish_removals(workspace).await {
            tracing::error!(code = fault.code(), workspace = short(&workspace.0), "a removal waits");
        }
    });
}

/// Goes through all workspaces, now and every ten minutes, for as long as the process lives.
pub(crate) async fn run(state: Arc<State>) {
    let mut ticks = tokio::time::interval(PERIOD);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for round in 0_u64.. {
        ticks.tick().await;
        state.gate.forget_the_quiet();
        let Ok(desk) = state.desk() else { return };
        let with_superseded = round % ROUNDS_UNTIL_SUPERSEDED == ROUNDS_UNTIL_SUPERSEDED - 1;
        if let Err(fault) = go_round(&state, desk, with_superseded).await {
            tracing::error!(code = fault.code(), "a sweep ended early");
        }
    }
}

/// One round.
pub(crate) async fn go_round(state: &State, desk: &Desk, with_superseded: bool) -> Result<(), Fault> {
    let (pairings, tokens) = desk.sweep_control().await?;
    state.metrics.count_removals("pairings", pairings);
    state.metrics.count_removals("tokens", tokens);
    let workspaces = desk.workspaces().await?;
    let mut n_bytes = 0;
    for workspace in &workspaces {
        desk.finish_removals(*workspace).await?;
        let swept = desk.sweep(*workspace, with_superseded).await?;
        state.metrics.count_removals("expired_grants", swept.expired_grants);
        state.metrics.count_removals("expired_bases", swept.expired_bases);
        state.metrics.count_removals("retention", swept.retention);
        state.metrics.count_removals("superseded", swept.superseded);
        state.metrics.count_removals("deletions", swept.deletions);
        n_bytes += desk.held_bytes(*workspace).await?;
    }
    state.metrics.set_held(workspaces.len() as u64, n_bytes);
    Ok(())
}
