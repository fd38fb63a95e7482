//! The workspace database: schema, migrations, queries and the change log.
