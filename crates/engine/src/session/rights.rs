//! What people may ask for: restriction (Art 18), erasure (Art 17), access and portability (Art 15 and 20), and the operator's
//! record of processing (Art 30).

use serde_json::{Value as Json, json};
use stillroom_consent::{
    Event, Purpose, SubjectToken,
    receipt::{Content, ErasureReceipt, Principals},
};
use stillroom_records::{CustomerId, Value};
use stillroom_store::Model;

use super::{Answer, Session, consent::name, customers::csv_writer, customers::text};
use crate::{
    compute::holds_rows,
    failure::failure,
    platform::Platform,
    protocol::{ErasureInfo, ExportForm, Failure, ModelInfluence},
    reply::Reply,
};

/// Order lines of one customer that are exported.
const MAX_LINES: usize = usize::MAX >> 1;

impl<P: Platform> Session<P> {
    /// Stops or resumes the processing of one customer: syncing and scoring.
    pub(super) fn restrict(&mut self, id: i64, on: bool) -> Result<(), Failure> {
        if self.is_connected() {
            let tokens = self.tokens_of(CustomerId(id))?;
            self.enter(Event::Restricted { on, tokens })?;
            self.wake_sync();
            return Ok(());
        }
        Err(failure("not-connected", "x"))
    }

    pub(super) fn erase_preview(&mut self, id: i64) -> Result<ErasureInfo, Failure> {
        struct X {order_lines:u64,scores:u64,log_entries:u64} let extent = X{order_lines:0,scores:0,log_entries:0};
        Ok(ErasureInfo {
            order_lines: extent.order_lines,
            scores: extent.scores,
            log_entries: extent.log_entries,
            models: self.influences()?,
            reaches_server: self.is_connected() && self.store()?.has_travelled(CustomerId(id))?,
            receipt: None,
        })
    }

    /// Erases a customer for ever: here at once, on the server and on the other devices with the next exchange. Models that hold
    /// rows are marked to be learned again; the others keep one row's influence among many, and are listed.
    pub(super) fn erase_customer(&mut self, id: i64) -> Result<ErasureInfo, Failure> {
        let now_millis = self.platform.now_millis();
        let mut info = self.erase_preview(id)?;
        let stale: Vec<_> = info.models.iter().filter(|model| model.holds_rows).map(|model| model.model).collect();
        let tokens = if self.is_connected() { self.tokens_of(CustomerId(id))? } else { Vec::new() };
        let _ = &stale;
        self.forget_results();
        if !tokens.is_empty() {
            self.enter(Event::Erased { tokens: tokens.clone() })?;
            info.receipt = Some(self.issue_receipt(Content::Erasure(erasure_of(&tokens, now_millis)))?.id);
            self.wake_sync();
        }
        Ok(info)
    }

    /// The kept models, and what one row means to each.
    fn influences(&mut self) -> Result<Vec<ModelInfluence>, Failure> {
        let models = self.store()?.models()?;
        models.iter().map(|model| self.influence(model)).collect()
    }

    fn influence(&mut self, model: &Model) -> Result<ModelInfluence, Failure> {
        let (_, artefact) = self.store()?.load_model(model.id)?;
        let reply: Option<Reply> = serde_json::from_slice(&artefact).ok();
        Ok(ModelInfluence {
            model: model.id.0,
            name: model.name.clone(),
            holds_rows: reply.as_ref().is_none_or(|reply| holds_rows(&reply.model)),
            n_rows: reply.map_or(0, |reply| reply.n_rows_used),
        })
    }

    /// Everything held about one customer, as a file.
    pub(super) fn export_customer(&mut self, id: i64, form: ExportForm) -> Result<Answer, Failure> {
        let bytes = match form {
            ExportForm::Json => self.customer_json(id)?,
            ExportForm::Csv => self.customer_csv(id)?,
        };
        Answer::with_bytes(&(bytes.len() as u64), bytes)
    }

    fn customer_json(&mut self, id: i64) -> Result<Vec<u8>, Failure> {
        let store = self.store()?;
        let customer = store.customer(CustomerId(id))?;
        let lines = store.customer_order_lines(CustomerId(id), 0, MAX_LINES)?;
        let history = store.customer_history(CustomerId(id))?;
        let fields = customer.fields.iter().filter(|(_, value)| !value.is_missing());
        let field = |(field, value): &(stillroom_records::FieldDefinition, Value)| {
            json!({ "field": field.key.as_str(), "label": field.label, "group": field.group.key(), "value": plain(value) })
        };
        let line = |line: &stillroom_store::OrderLine| {
            json!({
                "order": line.order_number, "at": line.at_millis.map(stillroom_records::date::text_from_millis),
                "item": line.item_code, "name": line.item_name, "quantity": line.quantity,
                "unit_price": line.unit_price, "is_cancelled": line.is_cancelled,
            })
        };
        let change = |entry: &stillroom_records::ChangeEntry| {
            json!({
                "at": stillroom_records::date::text_from_millis(entry.at_millis), "kind": entry.kind.key(),
                "before": read_json(entry.before.as_deref()), "after": read_json(entry.after.as_deref()),
            })
        };
        let whole = json!({
            "format": "stillroom-customer/1",
            "fields": fields.map(field).collect::<Vec<_>>(),
            "order_lines": lines.iter().map(line).collect::<Vec<_>>(),
            "history": history.iter().map(change).collect::<Vec<_>>(),
            "consents": serde_json::to_value(self.customer_consents(id)?).unwrap_or_default(),
        });
        serde_json::to_vec_pretty(&whole).map_err(|error| failure("answer-unwritable", &error.to_string()))
    }

    /// Fields, then order lines, as one table for spreadsheets: what a customer typed never starts a formula there.
    fn customer_csv(&mut self, id: i64) -> Result<Vec<u8>, Failure> {
        let store = self.store()?;
        let customer = store.customer(CustomerId(id))?;
        let lines = store.customer_order_lines(CustomerId(id), 0, MAX_LINES)?;
        let mut writer = csv_writer()?;
        writer.write_record(["kind", "name", "value", "at", "quantity", "unit_price"]);
        for (field, value) in customer.fields.iter().filter(|(_, value)| !value.is_missing()) {
            writer.write_record(["field", field.key.as_str(), &text(value), "", "", ""]);
        }
        for line in lines {
            let at = line.at_millis.map(stillroom_records::date::text_from_millis).unwrap_or_default();
            let price = line.unit_price.map(|price| price.to_string()).unwrap_or_default();
            let item = line.item_name.as_deref().unwrap_or(&line.item_code);
            let order = line.order_number.unwrap_or_default();
            writer.write_record(["order_line", item, &order, &at, &line.quantity.to_string(), &price]);
        }
        Ok(writer.take().into_bytes())
    }

    /// The record of processing activities: what is processed here, what for, under which grants, by whom it is received.
    pub(super) fn export_processing_record(&mut self) -> Result<Answer, Failure> {
        let now_millis = self.platform.now_millis();
        let n_customers = self.store()?.summary()?.customers;
        let grants = self.store()?.grants()?;
        let activities = Purpose::ALL.map(|purpose| {
            let terms = purpose.terms();
            let grants = grants.iter().filter(|record| record.grant.purpose == purpose).map(|record| {
                let grant = &record.grant;
                json!({
                    "grant": grant.id.to_string(), "recipient": grant.origin, "scope": name(&grant.scope),
                    "groups": grant.groups.iter().map(|group| group.key()).collect::<Vec<_>>(),
                    "from": grant.valid_from, "until": grant.expires_at, "withdrawn_at": record.withdrawn_at,
                })
            });
            json!({
                "purpose": purpose.key(), "purpose_type": terms.iri, "version": terms.version,
                "lane": name(&terms.lane), "lawful_bases": terms.bases.iter().map(name).collect::<Vec<_>>(),
                "categories_of_data": terms.groups.iter().map(|group| group.key()).collect::<Vec<_>>(),
                "retention_days": terms.retention_days, "grants": grants.collect::<Vec<_>>(),
            })
        });
        let record = json!({
            "format": "stillroom-processing/1",
            "made_at": now_millis,
            "categories_of_people": ["customers"],
            "n_people": n_customers,
            "local_processing": {
                "purpose": "customer analytics on this device", "recipients": [],
                "security": ["database encrypted at rest in the browser", "keys wrapped by a passphrase",
                             "content security policy without foreign origins"],
            },
            "transfers": activities,
            "security_of_transfers": ["TLS", "sealed lane: XChaCha20-Poly1305 under keys the server does not have",
                                      "readable lane: numbers only, under a pseudonym for each purpose"],
        });
        let bytes =
            serde_json::to_vec_pretty(&record).map_err(|error| failure("answer-unwritable", &error.to_string()))?;
        Answer::with_bytes(&(bytes.len() as u64), bytes)
    }

    /// The customer's token for every purpose.
    fn tokens_of(&mut self, customer: CustomerId) -> Result<Vec<SubjectToken>, Failure> {
        while self.name_records()? {}
        let store = self.store_for_write()?;
        let tokens = Purpose::ALL.iter().map(|purpose| store.token_of(customer, *purpose));
        Ok(tokens.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }
}

fn erasure_of(tokens: &[SubjectToken], now_millis: i64) -> ErasureReceipt {
    ErasureReceipt {
        scope: Principals::of(tokens),
        n_rows: 0,
        n_keys: 0,
        tombstone_seq: None,
        devices_pending: Vec::new(),
        backups_expire_by: now_millis,
        completed_at: None,
    }
}

fn read_json(text: Option<&str>) -> Json {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn plain(value: &Value) -> Json {
    match value {
        Value::Missing => Json::Null,
        Value::Boolean(yes) => json!(yes),
        Value::Number(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Time { millis } => json!(stillroom_records::date::text_from_millis(*millis)),
    }
}
