//! What people may ask for: restriction (Art 18), erasure (Art 17), access and portability (Art 15 and 20), and the operator's
//! record of processing (Art 30).

use serde_json::json;
use stillroom_consent::{
    Event, Purpose, SubjectToken,
    processing::{Controller, processing_record},
    receipt::{Content, ErasureReceipt, Principals},
};
use stillroom_records::{CustomerId, field::FieldOrigin};
use stillroom_store::{Model, Store};

use super::{
    Answer, Session,
    customers::{csv_writer, text},
};
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
        let now_millis = self.platform.now_millis();
        let customer = CustomerId(id);
        let is_changed = self.store_for_write()?.restrict_customer(customer, on, now_millis)?;
        if is_changed && self.is_connected() {
            let tokens = self.tokens_of(customer)?;
            self.enter(Event::Restricted { on, tokens })?;
            self.wake_sync();
        }
        self.views.clear();
        Ok(())
    }

    pub(super) fn erase_preview(&mut self, id: i64) -> Result<ErasureInfo, Failure> {
        let store = self.store()?;
        let customer = store.customer(CustomerId(id))?;
        let is_score = |field: &stillroom_records::FieldDefinition| field.origin == FieldOrigin::Score;
        let scores = customer.fields.iter().filter(|(field, value)| is_score(field) && !value.is_missing());
        Ok(ErasureInfo {
            order_lines: customer.n_order_lines,
            scores: scores.count() as u64,
            log_entries: store.customer_history(CustomerId(id))?.len() as u64,
            reaches_server: store.has_travelled(CustomerId(id))? && self.is_connected(),
            models: self.influences()?,
            receipt: None,
        })
    }

    /// Erases a customer for ever: here at once, on the server and on the other devices with the next exchange. Models that hold
    /// rows go too; the others keep one row's influence among many, and are listed.
    pub(super) fn erase_customer(&mut self, id: i64) -> Result<ErasureInfo, Failure> {
        let now_millis = self.platform.now_millis();
        let mut info = self.erase_preview(id)?;
        if self.is_connected() {
            let tokens = self.tokens_of(CustomerId(id))?;
            self.enter(Event::Erased { tokens: tokens.clone() })?;
            info.receipt = Some(self.issue_receipt(Content::Erasure(erasure_of(&tokens, now_millis)))?.id);
            self.wake_sync();
        } else {
            self.store_for_write()?.erase_customer(CustomerId(id), now_millis)?;
        }
        forget_models_with_rows(self.store()?, now_millis)?;
        self.forget_results();
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
            holds_rows: keeps_rows(&artefact),
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
        let held = self.store()?.export_customer(CustomerId(id))?;
        let whole = json!({ "format": "stillroom-customer/1", "held": held });
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

    /// The record of processing activities: what may leave this device, for what, under which grants, to whom.
    pub(super) fn export_processing_record(&mut self) -> Result<Answer, Failure> {
        let now_millis = self.platform.now_millis();
        let store = self.store()?;
        let said = |key: &str| store.setting(key).map(Option::unwrap_or_default);
        let controller =
            Controller { party_name: said("controller_name")?, party_contact: said("controller_contact")? };
        let bytes = processing_record(&controller, &store.grants()?, now_millis).to_json().into_bytes();
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

/// Settles the models that were saved while an erased customer was here: those that hold rows are deleted, since a row could be
/// the customer's; the others hold none.
pub(super) fn forget_models_with_rows(store: &mut Store, now_millis: i64) -> Result<(), Failure> {
    for (model, _) in store.stale_models()? {
        let (_, artefact) = store.load_model(model)?;
        if keeps_rows(&artefact) {
            store.delete_model(model, now_millis)?;
        } else {
            store.clear_stale_model(model)?;
        }
    }
    Ok(())
}

/// Whether a kept model holds rows; one that cannot be read counts as one that does.
fn keeps_rows(artefact: &[u8]) -> bool {
    serde_json::from_slice::<Reply>(artefact).map_or(true, |reply| holds_rows(&reply.model))
}
