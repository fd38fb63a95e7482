//! What people may ask for reaches every place their data went to.

use stillroom_engine::protocol::{
    CustomerConsents, EraseCustomer, ErasePreview, ExportCustomer, ExportForm, ExportProcessingRecord,
    Receipts, Restrict, Whose,
};

use crate::world::{Device, World};

const PEOPLE: &str = "external_id,name,city,notes\n1,Ada,London,=1+1\n2,Bo,Oslo,\n3,Cy,Rome,calls late\n";

#[test]
fn an_erased_customer_is_gone_everywhere_for_ever() {
    let world = World::new();
    let mut first = Device::first(&world, PEOPLE);
    first.back_up();
    first.sync();
    let mut second = first.join();
    let id = first.id_of("3");
    assert!(first.ask(ErasePreview { id }).reaches_server);
    let erasure = first.ask(EraseCustomer { id });
    assert!(erasure.receipt.is_some());
    assert_eq!(first.table(&["external_id"]).len(), 2);
    first.sync();
    second.sync();
    assert_eq!(second.table(&["external_id"]).len(), 2);
    let mut third = first.join();
    assert_eq!(third.table(&["external_id"]).len(), 2);
    let receipts = first.ask(Receipts {});
    assert!(receipts.iter().any(|receipt| receipt.kind == "erasure" && receipt.is_countersigned));
    for file in walk(world.files()) {
        let bytes = std::fs::read(&file).expect("a readable file");
        assert!(!contains(&bytes, b"calls late"), "{}", file.display());
    }
    third.sync();
    assert_eq!(third.table(&["external_id"]).len(), 2, "nothing brings it back");
}

#[test]
fn a_restricted_customer_does_not_travel_until_it_is_lifted() {
    let world = World::new();
    let mut first = Device::first(&world, PEOPLE);
    first.back_up();
    first.sync();
    let mut second = first.join();
    let id = first.id_of("1");
    first.ask(Restrict { id, on: true });
    assert!(first.ask(CustomerConsents { id }).is_restricted);
    first.edit(id, "city", "Paris");
    first.sync();
    second.sync();
    assert!(!format!("{:?}", second.table(&["city"])).contains("Paris"));
    first.ask(Restrict { id, on: false });
    first.sync();
    second.sync();
    assert!(format!("{:?}", second.table(&["city"])).contains("Paris"));
}

#[test]
fn a_customer_can_have_everything_that_is_held() {
    let world = World::new();
    let mut device = Device::first(&world, PEOPLE);
    device.back_up();
    device.sync();
    let id = device.id_of("1");
    let json = device.file(ExportCustomer { id, form: ExportForm::Json });
    let json: serde_json::Value = serde_json::from_slice(&json).expect("it is JSON");
    let text = json.to_string();
    for part in ["Ada", "London", "history", "consents", "folder 7"] {
        assert!(text.contains(part), "{part}");
    }
    let csv =
        String::from_utf8(device.file(ExportCustomer { id, form: ExportForm::Csv })).expect("it is text");
    assert!(csv.contains("'=1+1"), "a formula does not start: {csv}");
    let record = String::from_utf8(device.file(ExportProcessingRecord {})).expect("it is text");
    assert!(record.contains("\"backup\"") && record.contains("https://sync.example.org"));
}

#[test]
fn consents_of_one_customer_say_why_it_does_not_travel() {
    let world = World::new();
    let mut device = Device::first(&world, PEOPLE);
    device.grant("hosted-report", &["commercial", "behaviour"]);
    let id = device.id_of("2");
    let reason = |device: &mut Device| device.ask(CustomerConsents { id }).purposes[1].reason.clone();
    assert_eq!(reason(&mut device).as_deref(), Some("no_basis"));
    device.set_basis(Whose::Customer(id), "hosted-report", "given");
    assert_eq!(reason(&mut device), None);
    device.session.set_gpc(true);
    assert_eq!(reason(&mut device).as_deref(), Some("privacy_control"));
    device.session.set_gpc(false);
    device.set_basis(Whose::Customer(id), "hosted-report", "objected");
    assert_eq!(reason(&mut device).as_deref(), Some("basis_objected"));
    let info = device.privacy();
    assert_eq!((info.purposes[1].customers.objected, info.purposes[1].customers.none), (1, 2));
    assert_eq!(info.purposes[1].n_covered, 0);
}

pub(crate) fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files
}

pub(crate) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
