//! Parsing keeps pace: measured on demand, with a floor low enough for a busy machine and a debug build.

use std::time::Instant;

use stillroom_import::{Dialect, Reader};

/// Megabytes a second below which something is quadratic, not slow.
const FLOOR: f64 = 2.0;
/// Small in a debug build; a release build measures on more.
const N_BYTES: usize = if cfg!(debug_assertions) { 2_000_000 } else { 100_000_000 };

#[test]
#[expect(clippy::print_stdout, reason = "the measured speed is what the test is for")]
fn megabytes_are_read_at_a_steady_pace() {
    let mut file = b"id,name,email,city,amount\n".to_vec();
    let mut row = 0_u32;
    while file.len() < N_BYTES {
        row += 1;
        file.extend_from_slice(
            format!("{row},Jane Doe,user{row}@example.com,Z\u{FC}rich,{}.50\n", row % 997).as_bytes(),
        );
    }
    let mut reader = Reader::new(Dialect::default()).expect("the dialect is usable");
    let (mut n_rows, mut n_bytes) = (0_u32, 0_usize);
    let start = Instant::now();
    for chunk in file.chunks(256 * 1024) {
        reader.push(chunk);
        while let Some(record) = reader.next_record() {
            n_rows += 1;
            n_bytes += record.iter().map(str::len).sum::<usize>();
        }
    }
    reader.finish();
    while reader.next_record().is_some() {
        n_rows += 1;
    }
    let rate = file.len() as f64 / 1e6 / start.elapsed().as_secs_f64();
    println!("{rate:.0} MB/s over {n_rows} rows, {n_bytes} bytes of cells");
    assert_eq!(n_rows, row);
    assert!(rate > FLOOR, "{rate:.1} MB/s");
}
