//! Keys and sealing: slots, derivation, the recovery code and the sealed envelope.
