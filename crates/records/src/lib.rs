//! The words of the house: customers, orders, fields, filters and change entries.
