//! Conversations of one or two requests: connecting, pairing, asking for the devices. Each is told what came back and says what
//! is to be sent next; nothing here sends.

use stillroom_consent::{Event, Hash, PairingId, PublicKey, SignedEntry, WorkspaceId};
use stillroom_sync::wire::{
    Claimed, Devices, Enrolled, NewWorkspace, PairClaim, PairOffer, PairOffered, PairState, ServerInfo,
    encode,
};
use stillroom_vault::{DeviceKeys, Id16, PairingSecret, SyncKeys};

use super::{
    Answer, Session,
    enrolment::{Enrolment, device_info, sign_with},
    keys::Randomness,
    network::{check_version, closed, content, unreadable},
    pairing::{Extra, Offer},
};
use crate::{
    failure::failure,
    platform::Platform,
    protocol::{Failure, PairingInfo, PairingProgress, Request},
    transport::{Incoming, Outgoing, checked_origin},
};

/// A conversation under way.
pub struct Talk(Stage);

impl std::fmt::Debug for Talk {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Talk")
    }
}

/// What comes next in a conversation.
#[derive(Debug)]
pub enum Step {
    /// Send this and say what came back.
    Send(Talk, Outgoing),
    /// It is over.
    Done(Answer),
}

enum Stage {
    Greeted { origin: String },
    Enrolling(Box<Enrolling>),
    Offered { secret: PairingSecret },
    Checking,
    Claiming(Box<Claiming>),
    Listing,
}

/// A workspace about to be known to a server.
struct Enrolling {
    workspace: WorkspaceId,
    device_keys: DeviceKeys,
    sync_keys: SyncKeys,
    server: (String, PublicKey),
    entry: SignedEntry,
}

/// A device about to join a workspace.
struct Claiming {
    secret: PairingSecret,
    device_keys: DeviceKeys,
    origin: String,
    server_key: Option<PublicKey>,
}

impl<P: Platform> Session<P> {
    /// Begins the conversation that `request` needs with the server at `origin`: this page's own in the browser, the one that
    /// was named on the command line. A workspace that is connected speaks to its own server, whatever the origin here.
    ///
    /// # Errors
    /// `locked`, `not-connected`, or what else stands in the way before anything was sent.
    pub fn talk(&mut self, request: &Request, origin: &str) -> Result<Step, Failure> {
        match request {
            Request::ConnectServer(_) => self.greet(origin),
            Request::OfferPairing(_) => self.offer_pairing(),
            Request::CheckPairing(_) => self.check_pairing(),
            Request::JoinWorkspace(ask) => self.claim_pairing(&ask.code, origin),
            Request::Devices(_) => {
                let outgoing = self.own_server_request("GET", "/v1/devices", Vec::new())?;
                Ok(Step::Send(Talk(Stage::Listing), outgoing))
            }
            _ => Err(failure("protocol", "this question needs no server")),
        }
    }

    /// Whether a question is answered by a conversation with the server.
    #[must_use]
    pub fn needs_server(request: &Request) -> bool {
        matches!(
            request,
            Request::ConnectServer(_)
                | Request::OfferPairing(_)
                | Request::CheckPairing(_)
                | Request::JoinWorkspace(_)
                | Request::Devices(_)
        )
    }

    /// Goes on with what came back.
    ///
    /// # Errors
    /// What the server refused, as a failure that says what to do; `offline` when it did not answer.
    pub fn hear(&mut self, talk: Talk, entry: i64, incoming: &Incoming) -> Result<Step, Failure> {
        self.note_incoming(entry, incoming)?;
        match talk.0 {
            Stage::Greeted { origin } => self.greeted(origin, &content::<ServerInfo>(incoming)?),
            Stage::Enrolling(enrolling) => self.enrolled(*enrolling, &content(incoming)?),
            Stage::Offered { secret } => self.offered(secret, &content(incoming)?),
            Stage::Checking => self.checked(incoming),
            Stage::Claiming(claiming) => self.claimed(*claiming, incoming),
            Stage::Listing => {
                let devices: Devices = content(incoming)?;
                Ok(Step::Done(Answer::of(&self.device_views(&devices)?)?))
            }
        }
    }

    fn greet(&mut self, origin: &str) -> Result<Step, Failure> {
        self.refuse_when_connected()?;
        let origin = checked_origin(origin)?;
        let outgoing = self.open_request("GET", &origin, "/v1/server", Vec::new())?;
        Ok(Step::Send(Talk(Stage::Greeted { origin }), outgoing))
    }

    fn greeted(&mut self, origin: String, info: &ServerInfo) -> Result<Step, Failure> {
        check_version(info)?;
        if !info.is_open {
            return Err(closed());
        }
        let mut entropy = Randomness(&mut self.platform);
        let workspace = WorkspaceId(Id16::draw(&mut entropy)?.0);
        let device_keys = DeviceKeys::create(&mut entropy)?;
        let sync_keys = SyncKeys::create(&mut entropy)?;
        let event = Event::DeviceAdded(device_info(&device_keys));
        let entry = sign_with(&device_keys, workspace, (0, Hash::ZERO), self.platform.now_millis(), event);
        let body = encode(&NewWorkspace { workspace, entry: entry.clone() });
        let outgoing = self.open_request("POST", &origin, "/v1/workspaces", body)?;
        let server = (origin, info.server_key);
        let enrolling = Enrolling { workspace, device_keys, sync_keys, server, entry };
        Ok(Step::Send(Talk(Stage::Enrolling(Box::new(enrolling))), outgoing))
    }

    fn enrolled(&mut self, enrolling: Enrolling, enrolled: &Enrolled) -> Result<Step, Failure> {
        let head = &enrolled.head;
        head.verify(&enrolling.server.1)?;
        if head.head.workspace != enrolling.workspace
            || head.head.seq != 1
            || head.head.hash != enrolling.entry.entry.hash()
        {
            return Err(unreadable());
        }
        let enrolment = Enrolment::new(
            enrolling.workspace,
            enrolling.device_keys,
            enrolling.sync_keys,
            &enrolled.token,
            enrolling.server,
        )?;
        self.start_sync(enrolment)?;
        self.fold_first(&enrolling.entry, head)?;
        self.wake_sync();
        Ok(Step::Done(Answer::of(&self.server_view()?)?))
    }

    fn offer_pairing(&mut self) -> Result<Step, Failure> {
        self.enrolment()?;
        let secret = PairingSecret::draw(&mut Randomness(&mut self.platform))?;
        let bundle = self.pairing_bundle(&secret)?;
        let body = encode(&PairOffer { pairing: PairingId(secret.pairing_id().0), bundle });
        let outgoing = self.own_server_request("POST", "/v1/pair", body)?;
        Ok(Step::Send(Talk(Stage::Offered { secret }), outgoing))
    }

    fn offered(&mut self, secret: PairingSecret, offered: &PairOffered) -> Result<Step, Failure> {
        let code = secret.to_text().to_string();
        let expires_at_millis = offered.expires_at as f64;
        self.offer = Some(Offer { secret, expires_at: offered.expires_at });
        Ok(Step::Done(Answer::of(&PairingInfo { code, expires_at_millis })?))
    }

    fn check_pairing(&mut self) -> Result<Step, Failure> {
        let Some(offer) = &self.offer else { return Ok(Step::Done(Answer::of(&PairingProgress::Expired)?)) };
        if self.platform.now_millis() >= offer.expires_at {
            self.offer = None;
            return Ok(Step::Done(Answer::of(&PairingProgress::Expired)?));
        }
        let path = format!("/v1/pair/{}", offer.secret.pairing_id());
        let outgoing = self.own_server_request("GET", &path, Vec::new())?;
        Ok(Step::Send(Talk(Stage::Checking), outgoing))
    }

    fn checked(&mut self, incoming: &Incoming) -> Result<Step, Failure> {
        let progress = match incoming {
            Incoming::Answered { status: 404, .. } => {
                self.offer = None;
                PairingProgress::Expired
            }
            _ => match content::<PairState>(incoming)?.claim {
                None => PairingProgress::Waiting,
                Some(claim) => self.admit(&claim)?,
            },
        };
        Ok(Step::Done(Answer::of(&progress)?))
    }

    /// Lets the device of a claim in when it proved that it knows the secret; the offer is used up either way.
    fn admit(&mut self, claim: &PairClaim) -> Result<PairingProgress, Failure> {
        let Some(offer) = self.offer.take() else { return Ok(PairingProgress::Expired) };
        let device = &claim.device;
        let is_proven = offer.secret.proof_matches(
            Id16(device.device.0),
            &device.signing_key.0,
            &device.sealing_key.0,
            &claim.proof.0,
        );
        if !is_proven || claim.pairing.0 != offer.secret.pairing_id().0 {
            return Ok(PairingProgress::Refused);
        }
        self.enter(Event::DeviceAdded(*device))?;
        self.wake_sync();
        Ok(PairingProgress::Joined)
    }

    fn claim_pairing(&mut self, code: &str, origin: &str) -> Result<Step, Failure> {
        let secret = PairingSecret::parse(code)?;
        self.refuse_unless_joinable()?;
        let origin = checked_origin(origin)?;
        let device_keys = DeviceKeys::create(&mut Randomness(&mut self.platform))?;
        let outgoing = self.open_request("GET", &origin, "/v1/server", Vec::new())?;
        let claiming = Claiming { secret, device_keys, origin, server_key: None };
        Ok(Step::Send(Talk(Stage::Claiming(Box::new(claiming))), outgoing))
    }

    fn claimed(&mut self, mut claiming: Claiming, incoming: &Incoming) -> Result<Step, Failure> {
        let Some(server_key) = claiming.server_key else {
            let info: ServerInfo = content(incoming)?;
            check_version(&info)?;
            claiming.server_key = Some(info.server_key);
            let device = device_info(&claiming.device_keys);
            let (signing, sealing) = (&device.signing_key.0, &device.sealing_key.0);
            let proof = claiming.secret.proof(claiming.device_keys.device_id(), signing, sealing);
            let pairing = PairingId(claiming.secret.pairing_id().0);
            let body = encode(&PairClaim { pairing, device, proof: Hash(proof) });
            let outgoing = self.open_request("POST", &claiming.origin, "/v1/pair/claim", body)?;
            return Ok(Step::Send(Talk(Stage::Claiming(Box::new(claiming))), outgoing));
        };
        let claimed: Claimed = content(incoming)?;
        let bundle = claiming.secret.open_bundle(Id16(claimed.workspace.0), &claimed.bundle.0)?;
        let extra = Extra::read(&bundle.extra)?;
        if extra.origin != claiming.origin || extra.server_key != server_key {
            return Err(failure(
                "other-server",
                "this server is not the one the workspace is kept on: do not go on before you know why",
            ));
        }
        let server = (claiming.origin, server_key);
        let enrolment =
            Enrolment::new(claimed.workspace, claiming.device_keys, bundle.keys, &claimed.token, server)?;
        self.join(enrolment, (extra.ledger_seq, extra.ledger_hash))?;
        self.wake_sync();
        Ok(Step::Done(Answer::of(&self.server_view()?)?))
    }
}
