//! Arrow IPC and Parquet.

use std::io::{Cursor, Write};
use std::sync::Arc;

use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_ipc::writer::FileWriter;
use arrow_schema::ArrowError;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::{Error, Kind, Table};

pub(crate) fn read_arrow(bytes: &[u8]) -> Result<Table, Error> {
    let unreadable = |error: ArrowError| Error::unreadable(Kind::Arrow, &error);
    if bytes.starts_with(b"ARROW1") {
        let reader = FileReader::try_new(Cursor::new(bytes), None).map_err(unreadable)?;
        Table::from_batches(reader.schema(), reader, Kind::Arrow)
    } else {
        let reader = StreamReader::try_new(Cursor::new(bytes), None).map_err(unreadable)?;
        Table::from_batches(reader.schema(), reader, Kind::Arrow)
    }
}

pub(crate) fn read_parquet(bytes: Vec<u8>) -> Result<Table, Error> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)).and_then(|builder| {
        let schema = Arc::clone(builder.schema());
        Ok((schema, builder.build()?))
    });
    let (schema, reader) = reader.map_err(|error| Error::unreadable(Kind::Parquet, &error.into()))?;
    Table::from_batches(schema, reader, Kind::Parquet)
}

pub(crate) fn write_arrow(table: &Table, out: &mut (dyn Write + Send)) -> Result<(), Error> {
    let written = FileWriter::try_new(out, &table.schema).and_then(|mut writer| {
        table.batches.iter().try_for_each(|batch| writer.write(batch))?;
        writer.finish()
    });
    written.map_err(|error| Error::output(&error))
}

pub(crate) fn write_parquet(table: &Table, out: &mut (dyn Write + Send)) -> Result<(), Error> {
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let written =
        ArrowWriter::try_new(out, Arc::clone(&table.schema), Some(properties)).and_then(|mut writer| {
            table.batches.iter().try_for_each(|batch| writer.write(batch))?;
            writer.close()
        });
    written.map(drop).map_err(|error| Error::output(&error.into()))
}
