//! When a workspace closes by itself.

/// Minutes of idleness unless the person chose others.
pub const DEFAULT_IDLE_MINUTES: u32 = 15;
/// The choices.
pub const IDLE_MINUTES: [u32; 4] = [1, 5, 15, 60];
const HIDDEN_MINUTES: f64 = 5.0;
const SLEEP_MILLIS: f64 = 60_000.0;
const MINUTE_MILLIS: f64 = 60_000.0;

/// Why a workspace was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// The person asked.
    Asked,
    /// Nobody did anything for too long.
    Idle,
    /// The tab was out of sight for too long.
    Hidden,
    /// The device slept.
    Slept,
    /// Another tab was locked.
    OtherTab,
    /// The engine died.
    Crash,
}

/// The times that decide it, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AutoLock {
    last_look: f64,
    last_action: f64,
    hidden_since: Option<f64>,
}

impl AutoLock {
    /// Starts the clock.
    pub fn new(now: f64) -> Self {
        Self { last_look: now, last_action: now, hidden_since: None }
    }

    /// The person did something.
    pub fn acted(&mut self, now: f64) {
        self.last_action = now;
    }

    /// Looks at the time; says why the workspace must close, if it must.
    ///
    /// A running job holds off idleness and hiding, never sleep: an import that takes long is not a reason to lose it.
    pub fn look(&mut self, now: f64, is_hidden: bool, is_busy: bool, idle_minutes: u32) -> Option<Closing> {
        let gap = now - self.last_look;
        self.last_look = now;
        self.hidden_since = is_hidden.then(|| self.hidden_since.unwrap_or(now));
        let was_hidden = self.hidden_since.map_or(0.0, |since| now - since);
        if gap > SLEEP_MILLIS {
            Some(Closing::Slept)
        } else if is_busy {
            None
        } else if was_hidden >= HIDDEN_MINUTES * MINUTE_MILLIS {
            Some(Closing::Hidden)
        } else if now - self.last_action >= f64::from(idle_minutes) * MINUTE_MILLIS {
            Some(Closing::Idle)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks every five seconds for so many minutes and says when it closed, in minutes, and why.
    fn run(minutes: f64, is_hidden: bool, is_busy: bool) -> Option<(f64, Closing)> {
        let mut clock = AutoLock::new(0.0);
        (1..=(minutes * 12.0) as u32).find_map(|step| {
            let now = f64::from(step) * 5_000.0;
            clock.look(now, is_hidden, is_busy, 15).map(|why| (now / MINUTE_MILLIS, why))
        })
    }

    #[test]
    fn idleness_closes_after_the_chosen_minutes() {
        assert_eq!(run(14.9, false, false), None);
        assert_eq!(run(20.0, false, false), Some((15.0, Closing::Idle)));
    }

    #[test]
    fn a_hidden_tab_closes_after_five_minutes() {
        let (minutes, why) = run(20.0, true, false).expect("it closes");
        assert_eq!(why, Closing::Hidden);
        assert!((5.0..5.2).contains(&minutes));
    }

    #[test]
    fn a_running_job_holds_off_idleness_but_not_sleep() {
        assert_eq!(run(60.0, true, true), None);
        let mut clock = AutoLock::new(0.0);
        assert_eq!(clock.look(61_000.0, false, true, 15), Some(Closing::Slept));
    }

    #[test]
    fn an_action_starts_the_time_again() {
        let mut clock = AutoLock::new(0.0);
        for step in 1..=400_u32 {
            let now = f64::from(step) * 5_000.0;
            clock.acted(now);
            assert_eq!(clock.look(now, false, false, 1), None);
        }
    }

    #[test]
    fn coming_back_into_sight_forgets_the_hidden_time() {
        let mut clock = AutoLock::new(0.0);
        for step in 1..=100_u32 {
            let now = f64::from(step) * 50_000.0;
            clock.acted(now);
            assert_eq!(clock.look(now, step % 3 != 0, false, 15), None);
        }
    }
}
