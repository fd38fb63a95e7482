//! A job in, a reply out: recipes over the store and the analytics.
