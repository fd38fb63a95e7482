//! 1,000 values that must never be seen in clear: not in a request, not in the server's files.

use stillroom_engine::protocol::{FileKind, Whose};
use stillroom_sync::wire::{Body, Push, decode};

use crate::{
    rights::{contains, walk},
    world::{Device, World},
};

const FIELDS: [&str; 10] =
    ["name", "given_name", "family_name", "company", "email", "phone", "street", "city", "notes", "nickname"];

const ORDERS: &str = "order_no,customer_id,item_code,quantity,unit_price,date\ncanary-order,canary-id-001,canary-item,2,3.5,2026-01-02\n";

/// A hundred customers with a value nobody else has in each of ten fields, one of them custom.
fn canaries() -> (String, Vec<String>) {
    let mut csv = format!("external_id,created_at,{}\n", FIELDS.join(","));
    let mut values = Vec::new();
    for customer in 0..100 {
        csv.push_str(&format!("canary-id-{customer:03},2026-01-{:02}", customer % 28 + 1));
        for field in FIELDS {
            let at = if field == "email" { "@example.org" } else { "" };
            let value = format!("canary-{field}-{customer:03}{at}");
            csv.push_str(&format!(",{value}"));
            values.push(value);
        }
        csv.push('\n');
    }
    (csv, values)
}

#[test]
fn a_thousand_canaries_are_seen_nowhere_in_the_sealed_lane() {
    let world = World::new();
    let (csv, values) = canaries();
    assert_eq!(values.len(), 1_000);
    let mut device = Device::first(&world, &csv);
    device.import(ORDERS, FileKind::OrderLines);
    device.back_up();
    device.sync();
    let mut second = device.join();
    assert_eq!(second.table(&FIELDS), device.table(&FIELDS), "they did travel");
    let sent = world.sent.borrow();
    assert!(sent.iter().any(|(path, _)| path == "/v1/push"));
    let everything = sent.iter().map(|(path, body)| (path.clone(), body.clone()));
    let stored = walk(world.files())
        .into_iter()
        .map(|file| (file.display().to_string(), std::fs::read(&file).expect("a readable file")));
    for (place, bytes) in everything.chain(stored) {
        assert!(!contains(&bytes, b"canary"), "a canary was seen in {place}");
    }
}

#[test]
fn the_readable_lane_carries_the_allowed_numbers_and_nothing_else() {
    let world = World::new();
    let (csv, _) = canaries();
    let mut device = Device::first(&world, &csv);
    device.import(ORDERS, FileKind::OrderLines);
    device.grant("hosted-report", &["commercial", "behaviour"]);
    device.set_basis(Whose::Everybody, "hosted-report", "given");
    device.sync();
    let sent = world.sent.borrow();
    let mut n_numbers = 0;
    for (_, body) in sent.iter().filter(|(path, _)| path == "/v1/push") {
        let push: Push = decode(body).expect("a push");
        assert!(push.deks.is_empty());
        for op in push.ops {
            let Body::Readable(numbers) = op.body else { panic!("only numbers travel here") };
            n_numbers += numbers.len();
        }
    }
    assert!(n_numbers >= 300, "{n_numbers}");
    for (path, body) in sent.iter() {
        assert!(!contains(body, b"canary"), "{path}");
    }
}
