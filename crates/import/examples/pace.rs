//! How fast files are read, learned and converted here: `cargo run --release -p stillroom-import --example pace`.

#![expect(clippy::print_stdout, reason = "the figures are what this is for")]

use std::time::Instant;

use stillroom_import::{Converter, Dialect, Error, Inference, Reader, Record, guess_mapping};

const N_BYTES: usize = 100_000_000;

fn main() -> Result<(), Error> {
    let file = customers();
    let mut n_bytes = 0;
    paced("read", &file, |record| n_bytes += record.iter().map(str::len).sum::<usize>())?;
    println!("{n_bytes} of {} bytes are cells", file.len());
    let mut inference = Inference::new(7);
    let reader = paced("read and learn", &file, |record| inference.observe(record))?;
    let mapping = guess_mapping(reader.columns(), inference.profiles());
    let mut converter = Converter::new(&mapping, &inference.types())?;
    paced("read and convert", &file, |record| drop(converter.convert(record)))?;
    println!("{:?}", converter.tally());
    Ok(())
}

/// About a hundred megabytes of customers.
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

/// Reads `file` in chunks and prints how many megabytes a second that took.
fn paced(what: &str, file: &[u8], mut on_record: impl FnMut(&Record<'_>)) -> Result<Reader, Error> {
    let mut reader = Reader::new(Dialect::default())?;
    let start = Instant::now();
    for chunk in file.chunks(256 * 1024) {
        reader.push(chunk);
        while let Some(record) = reader.next_record() {
            on_record(&record);
        }
    }
    reader.finish();
    while let Some(record) = reader.next_record() {
        on_record(&record);
    }
    println!("{what}: {:.0} MB/s", file.len() as f64 / 1e6 / start.elapsed().as_secs_f64());
    Ok(reader)
}
