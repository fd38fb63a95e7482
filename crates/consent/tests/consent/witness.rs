//! A server that goes back, forks, swaps, repeats or leaves out is noticed by a device that keeps a witness.

use crate::common::{NOW, Signer, WORKSPACE, device, grant, server, token};
use crate::dice::Dice;
use crate::story::{Story, signed, signed_head};
use stillroom_consent::witness::{Head, Link, Place};
use stillroom_consent::{
    DeviceId, Entry, Error, Event, Hash, LedgerHead, Progress, PublicKey, Purpose, Result, SignedEntry,
    SignedHead, Witness, WorkspaceId, cbor,
};

/// A link as the sequence of operations has it: a number and the hash of what is numbered.
#[derive(Clone, Debug, PartialEq)]
struct Numbered {
    seq: u64,
    hash: Hash,
}

impl Link for Numbered {
    fn follow(&self, _: WorkspaceId, place: Place) -> Result<Hash> {
        let next = Hash::of(&[&place.hash.0, &self.hash.0]);
        if self.seq == place.seq + 1 { Ok(next) } else { Err(Error::BrokenChain) }
    }
}

/// What a hostile server needs to make of a kind of link.
trait Made: Link + Clone {
    fn after(place: Place, content: u64) -> Self;
    fn set_seq(&mut self, seq: u64);
    fn damage(&mut self);
}

impl Made for Numbered {
    fn after(place: Place, content: u64) -> Self {
        Numbered { seq: place.seq + 1, hash: Hash::of(&[&content.to_be_bytes()]) }
    }

    fn set_seq(&mut self, seq: u64) {
        self.seq = seq;
    }

    fn damage(&mut self) {
        self.hash.0[0] ^= 1;
    }
}

impl Made for SignedEntry {
    fn after(place: Place, content: u64) -> Self {
        let [.., low] = content.to_be_bytes();
        let entry = Entry {
            workspace: WORKSPACE,
            seq: place.seq + 1,
            prev: place.hash,
            at: NOW.wrapping_add_unsigned(content >> 8),
            device: DeviceId([1; 16]),
            event: Event::Erased { tokens: vec![token(low)] },
        };
        signed(1, entry)
    }

    fn set_seq(&mut self, seq: u64) {
        self.entry.seq = seq;
    }

    fn damage(&mut self) {
        self.entry.at ^= 1;
    }
}

/// A chain as a server holds it: the places and the links between them.
#[derive(Clone)]
struct Chain<L> {
    places: Vec<Place>,
    links: Vec<L>,
}

impl<L: Made> Chain<L> {
    fn grown(dice: &mut Dice, length: usize) -> Self {
        let mut chain = Chain { places: vec![Place::START], links: Vec::new() };
        (0..length).for_each(|_| chain.grow(dice));
        chain
    }

    fn grow(&mut self, dice: &mut Dice) {
        let place = *self.places.last().expect("a chain has a start");
        let link = L::after(place, dice.next());
        let hash = link.follow(WORKSPACE, place).expect("it was made to follow");
        self.places.push(Place { seq: place.seq + 1, hash });
        self.links.push(link);
    }

    /// Another chain that is the same up to `seq`, and as long.
    fn forked(&self, dice: &mut Dice, seq: usize) -> Self {
        let mut fork = Chain { places: self.places[..=seq].to_vec(), links: self.links[..seq].to_vec() };
        while fork.links.len() < self.links.len() {
            fork.grow(dice);
        }
        fork
    }

    fn head(&self, seq: usize) -> SignedHead {
        signed_head(&server(), self.places[seq].seq, self.places[seq].hash)
    }
}

const ATTACKS: [&str; 10] = [
    "rollback",
    "rollback-behind-a-promise",
    "fork-in-the-past",
    "fork-before-a-promise",
    "other-head",
    "swap",
    "swap-renumbered",
    "replay",
    "withheld-inside",
    "withheld-all",
];

/// What a server says: a head and links, and a head it may have said just before.
struct Answer<L> {
    promised: Option<SignedHead>,
    head: SignedHead,
    links: Vec<L>,
}

/// One lie about `chain` to a device that has followed it up to `seen`, which is neither its start nor its end.
fn lie<L: Made>(
    dice: &mut Dice,
    attack: &str,
    chain: &Chain<L>,
    seen: usize,
) -> (Answer<L>, &'static [Error]) {
    let end = chain.links.len();
    let honest = Answer { promised: None, head: chain.head(end), links: chain.links[seen..].to_vec() };
    let promised = Some(chain.head(end));
    let both: &[Error] = &[Error::BrokenChain, Error::Forked];
    match attack {
        "rollback" => {
            (Answer { head: chain.head(dice.below(seen)), links: Vec::new(), ..honest }, &[Error::RolledBack])
        }
        "rollback-behind-a-promise" => {
            let back = seen + dice.below(end - seen);
            let links = chain.links[seen..back].to_vec();
            (Answer { promised, head: chain.head(back), links }, &[Error::RolledBack])
        }
        "fork-in-the-past" => {
            let fork = chain.forked(dice, seen - 1);
            (Answer { head: fork.head(end), links: fork.links[seen..].to_vec(), ..honest }, &[Error::Forked])
        }
        "fork-before-a-promise" => {
            let mut fork = chain.forked(dice, seen);
            fork.grow(dice);
            let links = fork.links[seen..].to_vec();
            (Answer { promised, head: fork.head(end + 1), links }, &[Error::Forked])
        }
        "other-head" => {
            let fork = chain.forked(dice, seen - 1);
            (Answer { head: fork.head(seen), links: Vec::new(), ..honest }, &[Error::Forked])
        }
        "swap" | "swap-renumbered" => {
            let mut links = honest.links;
            let place = dice.below(links.len() - 1);
            links.swap(place, place + 1);
            if attack == "swap-renumbered" {
                for (position, link) in links.iter_mut().enumerate() {
                    link.set_seq((seen + position + 1) as u64);
                }
            }
            (Answer { links, ..honest }, both)
        }
        "replay" => {
            let from = dice.below(seen);
            (Answer { links: chain.links[from..].to_vec(), ..honest }, both)
        }
        "withheld-inside" => {
            let mut links = honest.links;
            links.remove(dice.below(links.len() - 1));
            (Answer { links, ..honest }, both)
        }
        _ => (Answer { links: Vec::new(), ..honest }, &[Error::Withheld]),
    }
}

/// A device that reads honest pages, then one lie.
fn play<L: Made>(dice: &mut Dice, attack: &str) -> (Result<Progress>, &'static [Error], bool) {
    let length = 6 + dice.below(30);
    let chain = Chain::<L>::grown(dice, length);
    let seen = 2 + dice.below(length - 4);
    let mut witness = Witness::new(WORKSPACE, server().key(), Place::START);
    let mut at = 0;
    while at < seen {
        let to = at + 1 + dice.below(seen - at);
        let shown = to + dice.below(seen - to + 1);
        let progress = witness.accept(&chain.head(shown), &chain.links[at..to]);
        let expected = if shown == to { Progress::Reached } else { Progress::Behind((shown - to) as u64) };
        if progress == Err(Error::RolledBack) {
            continue;
        }
        assert_eq!(progress, Ok(expected));
        at = to;
    }
    let (answer, expected) = lie(dice, attack, &chain, seen);
    if let Some(head) = answer.promised {
        assert_eq!(witness.note(&head), Ok(Progress::Behind((length - seen) as u64)));
    }
    let taken = witness.accept(&answer.head, &answer.links);
    (taken, expected, witness.followed() == chain.places[seen])
}

#[test]
fn a_thousand_hostile_histories_of_each_chain_are_noticed() {
    let mut dice = Dice::rolled(1_000);
    for round in 0..1_000 {
        let attack = dice.pick(&ATTACKS);
        for (taken, expected, is_untouched) in
            [play::<SignedEntry>(&mut dice, attack), play::<Numbered>(&mut dice, attack)]
        {
            let error = taken.expect_err("a lie is no progress");
            assert!(expected.contains(&error), "round {round}, {attack}: {error:?}, not one of {expected:?}");
            assert!(is_untouched, "round {round}, {attack}: what was refused was followed");
        }
    }
}

#[test]
fn a_damaged_link_or_a_foreign_signature_is_noticed() {
    let mut dice = Dice::rolled(77);
    for round in 0..200 {
        let chain = Chain::<SignedEntry>::grown(&mut dice, 8);
        let mut links = chain.links.clone();
        links[dice.below(8)].damage();
        let mut witness = Witness::new(WORKSPACE, server().key(), Place::START);
        assert_eq!(witness.accept(&chain.head(8), &links), Err(Error::Forked), "round {round}");
        let stranger = signed_head(&Signer::new(9), 8, chain.places[8].hash);
        assert_eq!(witness.accept(&stranger, &chain.links), Err(Error::BadSignature));
        assert_eq!(witness.accept(&chain.head(8), &chain.links), Ok(Progress::Reached));
    }
}

#[test]
fn a_head_of_another_workspace_is_a_fork() {
    let head = LedgerHead { workspace: WorkspaceId([8; 16]), seq: 0, hash: Hash::ZERO, at: NOW };
    let head = SignedHead { signature: server().sign(&head.message()), head };
    let mut witness = Witness::new(WORKSPACE, server().key(), Place::START);
    assert_eq!(witness.note(&head), Err(Error::Forked));
}

#[test]
fn a_link_beyond_the_head_is_refused() {
    let chain = Chain::<Numbered>::grown(&mut Dice::rolled(5), 5);
    let mut witness = Witness::new(WORKSPACE, server().key(), Place::START);
    assert_eq!(witness.accept(&chain.head(4), &chain.links), Err(Error::BrokenChain));
    assert_eq!(witness.accept(&chain.head(5), &chain.links), Ok(Progress::Reached));
    assert_eq!(witness.accept(&chain.head(5), &chain.links[4..]), Err(Error::BrokenChain));
    assert_eq!(witness.accept::<Numbered>(&chain.head(5), &[]), Ok(Progress::Reached));
    assert_eq!(
        witness,
        Witness::new(WORKSPACE, server().key(), chain.places[5]),
        "what was reached is no promise"
    );
    let fork = chain.forked(&mut Dice::rolled(6), 4);
    assert_eq!(
        witness.note(&fork.head(5)),
        Err(Error::Forked),
        "another fifth than the one that was followed"
    );
    assert_eq!(witness.note(&chain.head(4)), Err(Error::RolledBack));
}

#[test]
fn every_head_ever_signed_must_lie_on_the_chain() {
    let mut dice = Dice::rolled(6);
    let chain = Chain::<Numbered>::grown(&mut dice, 9);
    let fork = chain.forked(&mut dice, 3);
    let mut witness = Witness::new(WORKSPACE, server().key(), Place::START);
    assert_eq!(witness.note(&chain.head(2)), Ok(Progress::Behind(2)));
    assert_eq!(witness.note(&fork.head(5)), Ok(Progress::Behind(5)));
    assert_eq!(witness.note(&chain.head(9)), Ok(Progress::Behind(9)));
    assert_eq!(witness.note(&fork.head(9)), Err(Error::Forked));
    assert_eq!(witness.note(&chain.head(2)), Err(Error::RolledBack));
    assert_eq!(witness.accept(&chain.head(9), &chain.links[..4]), Ok(Progress::Behind(5)));
    assert_eq!(
        witness.accept(&chain.head(9), &chain.links[4..]),
        Err(Error::Forked),
        "it signed another fifth"
    );
    assert_eq!(witness.followed(), chain.places[4]);
}

#[test]
fn going_back_is_noticed_however_many_heads_are_ahead() {
    let chain = Chain::<Numbered>::grown(&mut Dice::rolled(7), 1_300);
    let mut witness = Witness::new(WORKSPACE, server().key(), Place::START);
    for seq in 1..=1_300 {
        assert_eq!(witness.note(&chain.head(seq)), Ok(Progress::Behind(seq as u64)));
    }
    assert_eq!(witness.note(&chain.head(1_299)), Err(Error::RolledBack));
    assert!(cbor::encode(&witness).len() < 40_000, "what is kept does not grow without end");
    assert_eq!(witness.accept(&chain.head(1_300), &chain.links), Ok(Progress::Reached));
}

#[test]
fn what_is_kept_survives_being_written_down() {
    let chain = Chain::<Numbered>::grown(&mut Dice::rolled(8), 5);
    let mut witness = Witness::new(WORKSPACE, server().key(), Place::START);
    witness.accept(&chain.head(5), &chain.links[..2]).unwrap();
    let mut again: Witness = cbor::decode(&cbor::encode(&witness)).unwrap();
    assert_eq!(again, witness);
    assert_eq!(again.note(&chain.head(4)), Err(Error::RolledBack));
    assert_eq!(again.accept::<Numbered>(&chain.head(5), &[]), Err(Error::Withheld));
    assert_eq!(again.accept(&chain.head(5), &chain.links[2..]), Ok(Progress::Reached));
}

#[test]
fn the_ledgers_own_head_and_entries_are_such_a_chain() {
    let mut story = Story::begun();
    story.tell(1, Event::DeviceAdded(device(2)));
    let grant = given(&mut story);
    story.tell(2, Event::GrantWithdrawn { grant });
    let (seq, hash) = story.head();
    let head = signed_head(&server(), seq, hash);
    assert_eq!(Head::stated(&head), (WORKSPACE, Place { seq, hash }));
    assert_eq!(Head::verify(&head, &PublicKey([0; 32])), Err(Error::BadSignature));
    let mut witness = Witness::new(WORKSPACE, server().key(), Place::START);
    assert_eq!(witness.accept(&head, &story.entries), Ok(Progress::Reached));
    assert_eq!(witness.followed(), Place { seq, hash });
    let mut misnumbered = story.entries[0].clone();
    misnumbered.entry.seq = 2;
    assert_eq!(misnumbered.follow(WORKSPACE, Place::START), Err(Error::BrokenChain));
    let mut foreign = story.entries[0].clone();
    foreign.entry.workspace = WorkspaceId([8; 16]);
    assert_eq!(foreign.follow(WORKSPACE, Place::START), Err(Error::BrokenChain));
}

fn given(story: &mut Story) -> stillroom_consent::GrantId {
    let grant = grant(1, Purpose::Backup);
    story.tell(1, Event::GrantGiven(grant.clone()));
    grant.id
}
