//! Reading, learning and converting keep pace: measured here, with floors low enough for a busy machine and a debug
//! build, so that only something quadratic falls below them.

use std::time::Instant;

use stillroom_import::{Converter, Dialect, Inference, Reader, Record, guess_mapping};

/// Megabytes a second below which something is quadratic, not slow.
const FLOOR: f64 = 0.5;
/// Small in a debug build; a release build measures on more.
const N_BYTES: usize = if cfg!(debug_assertions) { 2_000_000 } else { 100_000_000 };

fn customers() -> Vec<u8> {
    let mut file = b"id,name,email,city,amount,joined,vip\n".to_vec();
    let mut row = 0_u32;
    while file.len() < N_BYTES {
        row += 1;
        let (amount, day) = (row % 997, row % 28 + 1);
        let line = format!("{row},Jane Doe,user{row}@example.com,Zürich,{amount}.50,2024-05-{day:02},yes\n");
        file.extend_from_slice(line.as_bytes());
    }
    file
}

/// Reads `file` in chunks and says how many megabytes a second that took.
#[expect(clippy::print_stdout, reason = "the measured pace is worth seeing")]
fn paced(what: &str, file: &[u8], mut on_record: impl FnMut(&Record<'_>)) -> Reader {
    let mut reader = Reader::new(Dialect::default()).expect("the dialect is usable");
    let start = Instant::now();
    for chunk in file.chunks(256 * 1024) {
        reader.push(chunk);
        while let Some(record) = reader.next_record() {
            on_record(&record);
        }
    }
    reader.finish();
    assert!(reader.next_record().is_none(), "the file ends in a line end");
    let rate = file.len() as f64 / 1e6 / start.elapsed().as_secs_f64();
    println!("{what}: {rate:.0} MB/s");
    assert!(rate > FLOOR, "{what}: {rate:.1} MB/s");
    reader
}

#[test]
fn a_large_file_is_read_learned_and_converted_at_a_steady_pace() {
    let file = customers();
    let mut n_bytes = 0;
    paced("read", &file, |record| n_bytes += record.iter().map(str::len).sum::<usize>());
    assert!(n_bytes * 5 > file.len() * 4);
    let mut inference = Inference::new(7);
    let reader = paced("read and learn", &file, |record| inference.observe(record));
    let mapping = guess_mapping(reader.columns(), inference.profiles());
    let mut converter = Converter::new(&mapping, &inference.types()).expect("the guessed mapping works");
    let reader = paced("read and convert", &file, |record| assert!(converter.convert(record).is_some()));
    assert_eq!(converter.tally(), reader.tally());
    assert!(converter.take_issues().is_empty());
}
