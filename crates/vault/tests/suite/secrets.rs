//! Secrets are drawn from real entropy only, wiped when dropped, never copied and never printed.

use crate::common::{Repeatable, WORKSPACE, device_keys, sync_keys, workspace_key};
use stillroom_vault::{
    DeviceKeys, Entropy, Error, PairingSecret, RecoveryCode, SealingKey, SyncKeys, WorkspaceKey,
    draw_data_key, seal_epoch_for_device, seal_for_device, seal_operation,
};
use zeroize::ZeroizeOnDrop;

/// Two answers for a type that can be cloned, so that asking which one it is does not compile.
trait NotClone<Answer> {
    const HOLDS: bool = true;
}
struct Cloned;
impl<T> NotClone<()> for T {}
impl<T: Clone> NotClone<Cloned> for T {}

trait Wiped {
    const WHEN_DROPPED: bool = true;
}
impl<T: ZeroizeOnDrop> Wiped for T {}

#[test]
fn secrets_are_wiped_when_dropped_and_cannot_be_cloned() {
    macro_rules! check {
        ($($secret:ty),*) => {
            $(assert!(<$secret>::WHEN_DROPPED && <$secret as NotClone<_>>::HOLDS);)*
        };
    }
    check!(WorkspaceKey, SealingKey, RecoveryCode, SyncKeys, DeviceKeys, PairingSecret);
}

#[test]
fn secrets_print_no_content() {
    let secret = PairingSecret::draw(&mut Repeatable(1)).expect("secret");
    let sealed = secret.seal_bundle(&sync_keys(2), WORKSPACE, b"extra", &mut Repeatable(3)).expect("sealed");
    let bundle = secret.open_bundle(WORKSPACE, &sealed).expect("bundle");
    let device = device_keys(4);
    assert_eq!(format!("{:?}", sync_keys(2)), "SyncKeys(hidden)");
    assert_eq!(format!("{secret:?}"), "PairingSecret(hidden)");
    assert_eq!(format!("{device:?}"), format!("DeviceKeys({}, hidden)", device.device_id()));
    assert_eq!(format!("{bundle:?}"), format!("PairBundle({WORKSPACE}, hidden, 5 bytes)"));
}

/// Good entropy for some draws, then a source that answers without writing.
struct DryAfter {
    n_good: u32,
    random: Repeatable,
}

impl Entropy for DryAfter {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        match self.n_good.checked_sub(1) {
            Some(left) => {
                self.n_good = left;
                self.random.fill(bytes)
            }
            None => Ok(()),
        }
    }
}

/// `act` draws exactly `n_draws` times, and every one of them refuses all zeros.
fn check_draws(name: &str, n_draws: u32, act: impl Fn(&mut dyn Entropy) -> Result<(), Error>) {
    for n_good in 0..n_draws {
        let result = act(&mut DryAfter { n_good, random: Repeatable(5) });
        assert_eq!(result, Err(Error::NoEntropy), "{name} after {n_good} draws");
    }
    let enough = act(&mut DryAfter { n_good: n_draws, random: Repeatable(5) });
    assert_eq!(enough, Ok(()), "{name} with {n_draws} draws");
}

#[test]
fn no_key_and_no_nonce_is_made_of_zeros() {
    let (keys, device, home) = (sync_keys(1), device_keys(2), workspace_key(3));
    let pairing = PairingSecret::draw(&mut Repeatable(4)).expect("secret");
    let data_key = SealingKey::from_bytes([5; 32]);
    let (id, token) = (device.device_id(), [6; 32]);
    check_draws("create sync keys", 2, |entropy| SyncKeys::create(entropy).map(drop));
    check_draws("draw epoch", 1, |entropy| keys.draw_epoch(entropy).map(drop));
    check_draws("rotate", 1, |entropy| sync_keys(1).rotate(entropy).map(drop));
    check_draws("wrap sync keys", 1, |entropy| keys.wrap(&home, WORKSPACE, entropy).map(drop));
    check_draws("draw data key", 2, |entropy| draw_data_key(entropy).map(drop));
    check_draws("wrap data key", 1, |entropy| {
        keys.wrap_data_key(WORKSPACE, &token, id, &data_key, entropy).map(drop)
    });
    check_draws("seal operation", 1, |entropy| {
        seal_operation(&data_key, WORKSPACE, &token, 1, b"content", entropy).map(drop)
    });
    check_draws("create device keys", 3, |entropy| DeviceKeys::create(entropy).map(drop));
    check_draws("wrap device keys", 1, |entropy| device.wrap(&home, WORKSPACE, entropy).map(drop));
    check_draws("seal for device", 2, |entropy| {
        seal_for_device(&device.box_public(), WORKSPACE, b"", b"content", entropy).map(drop)
    });
    check_draws("seal epoch for device", 2, |entropy| {
        seal_epoch_for_device(&device.box_public(), WORKSPACE, 1, &data_key, entropy).map(drop)
    });
    check_draws("draw pairing secret", 1, |entropy| PairingSecret::draw(entropy).map(drop));
    check_draws("seal bundle", 1, |entropy| pairing.seal_bundle(&keys, WORKSPACE, b"", entropy).map(drop));
}
