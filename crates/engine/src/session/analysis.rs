//! Recipes, models and recommendations as the page asks for them.

use std::collections::BTreeMap;

use stillroom_records::{CustomerId, FieldKey, ModelId};
use stillroom_store::{Model, ModelDraft, ScoreValues};

use super::{Answer, Session, columns, customers::csv_writer};
use crate::{
    compute::{Job, RecommendModel, Work, thinned},
    failure::failure,
    platform::Platform,
    protocol::{Explain, Failure, Migrate, ModelInfo, Recommend, RecommendationInfo},
    recipe::Recipe,
    reply::{HeldOut, MigrationReport, NO_LABEL, Reply, Report},
};

impl<P: Platform> Session<P> {
    /// The columns a recipe asks for, ready to be computed elsewhere.
    ///
    /// # Errors
    /// `unknown-column` and the filter's error when the recipe does not fit this workspace.
    pub fn work(&mut self, recipe: &Recipe) -> Result<Work, Failure> {
        columns::work(self.store()?, recipe, None)
    }

    /// Takes a computed reply; the answer is thinned for drawing.
    ///
    /// # Errors
    /// A failure when the reply cannot be written, which never happens.
    pub fn accept(&mut self, reply: Reply) -> Result<Answer, Failure> {
        let answer = Answer::of(&thinned(&reply));
        self.recommender = None;
        self.last = Some(reply);
        answer
    }

    /// The columns a kept model needs to score today's customers.
    ///
    /// # Errors
    /// The store's error when there is no such model, `no-scores` for one that scores no customers.
    pub fn rescore_work(&mut self, id: i64) -> Result<Work, Failure> {
        let reply = self.load(id)?;
        if matches!(reply.reports.last(), Some(Report::KnnItem(_))) {
            return Err(failure("no-scores", "this model scores no customers: run its recipe again instead"));
        }
        columns::work(self.store()?, &reply.recipe, Some(reply.model))
    }

    /// The model and the rows behind one customer's prediction, ready to be explained elsewhere.
    ///
    /// # Errors
    /// `nothing-computed` before a prediction; the store's error when there is no such model.
    pub fn explain_job(&mut self, ask: &Explain) -> Result<Job, Failure> {
        let (recipe, model) = match ask.model {
            Some(id) => {
                let reply = self.load(id)?;
                (reply.recipe, reply.model)
            }
            None => {
                let reply = self.last.as_ref().ok_or_else(nothing_computed)?;
                (reply.recipe.clone(), reply.model.clone())
            }
        };
        let work = columns::work(self.store()?, &recipe, Some(model))?;
        Ok(Job::Explain { work, customer: ask.customer, wish: ask.wish.clone() })
    }

    /// A kept model of segments and the order lines, ready to be compared at two dates elsewhere.
    ///
    /// # Errors
    /// The store's error when there is no such model.
    pub fn migrate_job(&mut self, ask: &Migrate) -> Result<Job, Failure> {
        let reply = self.load(ask.model)?;
        let work = columns::work(self.store()?, &reply.recipe, Some(reply.model))?;
        Ok(Job::Migrate { work, millis: (ask.from_millis, ask.to_millis) })
    }

    /// A migration with the names the segments were given.
    ///
    /// # Errors
    /// The store's error when the model was deleted meanwhile.
    pub fn migrated(&mut self, model: i64, report: MigrationReport) -> Result<Answer, Failure> {
        let names = self.load(model)?.label_names;
        let name = |segment: usize| label_text(&names, u32::try_from(segment).unwrap_or(NO_LABEL));
        let segments = (0..report.counts.len()).map(name).collect();
        Answer::of(&MigrationReport { segments, ..report })
    }

    /// Writes the scores of a kept model that were just computed.
    ///
    /// # Errors
    /// The store's error when the model was deleted meanwhile.
    pub fn rescored(&mut self, id: i64, reply: Reply) -> Result<Answer, Failure> {
        let names = self.load(id)?.label_names;
        let name = self.model_info(id)?.name;
        self.write_scores(ModelId(id), &name, &names, &reply)?;
        Answer::of(&ModelInfo { drift: drift_advice(&reply), ..self.model_info(id)? })
    }

    pub(super) fn keep(&mut self, name: &str, label_names: &[String]) -> Result<ModelInfo, Failure> {
        let now_millis = self.platform.now_millis();
        let mut reply = self.last.clone().ok_or_else(nothing_computed)?;
        reply.label_names = label_names_of(&reply, label_names);
        let artefact = serde_json::to_vec(&kept(&reply)).map_err(unwritable)?;
        let draft = ModelDraft {
            name: name.trim().to_owned(),
            method: method_of(&reply).to_owned(),
            recipe: serde_json::to_string(&reply.recipe).map_err(unwritable)?,
            data_hash: reply.data_hash.clone(),
            metrics: serde_json::to_string(&metrics(&reply)).map_err(unwritable)?,
            artefact,
        };
        let id = self.store_for_write()?.save_model(&draft, now_millis)?;
        let names = reply.label_names.clone();
        self.write_scores(id, &draft.name, &names, &reply)?;
        if let Some(last) = &mut self.last {
            last.label_names = names;
        }
        self.model_info(id.0)
    }

    /// Writes a reply's labels or scores to its customers, under the model's name.
    fn write_scores(
        &mut self,
        model: ModelId,
        name: &str,
        levels: &[String],
        reply: &Reply,
    ) -> Result<(), Failure> {
        let now_millis = self.platform.now_millis();
        let rows = &reply.rows;
        let store = self.store_for_write()?;
        if !rows.labels.is_empty() {
            let labelled = rows.ids.iter().map(|&id| CustomerId(id)).zip(rows.labels.iter().copied());
            let codes: Vec<_> = labelled.filter(|&(_, label)| label != NO_LABEL).collect();
            store.write_scores(
                Some(model),
                name,
                ScoreValues::Labels { levels, codes: &codes },
                now_millis,
            )?;
        } else if !rows.scores.is_empty() {
            let numbers: Vec<_> =
                rows.ids.iter().map(|&id| CustomerId(id)).zip(rows.scores.iter().copied()).collect();
            store.write_scores(Some(model), name, ScoreValues::Numbers(&numbers), now_millis)?;
        }
        self.views.clear();
        Ok(())
    }

    pub(super) fn export_result(&mut self) -> Result<Answer, Failure> {
        let reply = self.last.as_ref().ok_or_else(nothing_computed)?;
        let (rows, names) = (reply.rows.clone(), reply.label_names.clone());
        if rows.ids.is_empty() {
            return Err(failure(
                "rows-gone",
                "an opened model holds no rows: run its recipe again to export them",
            ));
        }
        let external_id = FieldKey::new("external_id")?;
        let keys = columns::texts(self.store()?, &external_id)?;
        let mut writer = csv_writer()?;
        writer.write_record(["customer", "segment", "score"]);
        for (row, id) in rows.ids.iter().enumerate() {
            let key = keys.get(id).cloned().unwrap_or_else(|| id.to_string());
            let label = rows.labels.get(row).map(|&label| label_text(&names, label)).unwrap_or_default();
            let score = rows.scores.get(row).map(f64::to_string).unwrap_or_default();
            writer.write_record([key.as_str(), &label, &score]);
        }
        Answer::with_bytes(&rows.ids.len(), writer.take().into_bytes())
    }

    pub(super) fn models(&mut self) -> Result<Vec<ModelInfo>, Failure> {
        let store = self.store()?;
        let sets = store.score_sets()?;
        let written = |id: ModelId| {
            let sets = sets.iter().filter(|set| set.model == Some(id));
            sets.map(|set| set.n_customers).max().unwrap_or_default()
        };
        let models = store.models()?;
        Ok(models.iter().map(|model| model_info(model, written(model.id))).collect())
    }

    fn model_info(&mut self, id: i64) -> Result<ModelInfo, Failure> {
        let found = self.models()?.into_iter().find(|model| model.id == id);
        found.ok_or_else(|| failure("not-found", "the model is gone: choose another one"))
    }

    pub(super) fn open_model(&mut self, id: i64) -> Result<Reply, Failure> {
        let reply = self.load(id)?;
        self.recommender = None;
        self.last = Some(reply.clone());
        Ok(thinned(&reply))
    }

    pub(super) fn export_model(&mut self, id: i64) -> Result<Answer, Failure> {
        let (_, artefact) = self.store()?.load_model(ModelId(id))?;
        Answer::with_bytes(&artefact.len(), artefact)
    }

    pub(super) fn delete_model(&mut self, id: i64) -> Result<(), Failure> {
        let now_millis = self.platform.now_millis();
        self.recommender = None;
        self.views.clear();
        Ok(self.store_for_write()?.delete_model(ModelId(id), now_millis)?)
    }

    pub(super) fn recommend(&mut self, ask: &Recommend) -> Result<Vec<RecommendationInfo>, Failure> {
        if self.recommender.as_ref().is_none_or(|(model, _)| *model != ask.model) {
            let reply = match ask.model {
                Some(id) => self.load(id)?,
                None => self.last.clone().ok_or_else(nothing_computed)?,
            };
            self.recommender = Some((ask.model, RecommendModel::from_json(reply.model)?));
        }
        let lines = self.store()?.customer_order_lines(CustomerId(ask.customer), 0, usize::MAX >> 1)?;
        let bought = lines.iter().filter(|line| !line.is_cancelled).map(|line| line.item_code.as_str());
        match &self.recommender {
            Some((_, recommender)) => recommender.recommend(bought, ask.n_items.clamp(1, 100) as usize),
            None => Err(nothing_computed()),
        }
    }

    fn load(&mut self, id: i64) -> Result<Reply, Failure> {
        let (_, artefact) = self.store()?.load_model(ModelId(id))?;
        serde_json::from_slice(&artefact).map_err(|_| {
            failure("model-unreadable", "the model was kept by another version: run its recipe again")
        })
    }
}

/// What is kept of a reply: everything but the rows, which are written to the customers.
fn kept(reply: &Reply) -> Reply {
    Reply { model: reply.model.clone(), ..thinned(reply) }
}

/// A label in an exported file: its name, or its number from 1 before it has one.
fn label_text(names: &[String], label: u32) -> String {
    match names.get(label as usize) {
        Some(name) => name.clone(),
        None if label == NO_LABEL => String::new(),
        None => (u64::from(label) + 1).to_string(),
    }
}

/// The names of the labels: the classes of a prediction, or what the user called the segments.
fn label_names_of(reply: &Reply, given: &[String]) -> Vec<String> {
    if matches!(reply.reports.last(), Some(Report::Predict(_))) {
        return reply.label_names.clone();
    }
    let labels = reply.rows.labels.iter().filter(|&&label| label != NO_LABEL);
    let n_labels = labels.max().map_or(0, |&label| label as usize + 1);
    let name = |label: usize| {
        let given = given.get(label).map(|name| name.trim()).filter(|name| !name.is_empty());
        given.map_or_else(|| format!("Segment {}", label + 1), str::to_owned)
    };
    let mut names: Vec<String> = (0..n_labels).map(name).collect();
    for label in 1..names.len() {
        if names[..label].contains(&names[label]) {
            names[label] = format!("{} ({})", names[label], label + 1);
        }
    }
    names
}

fn method_of(reply: &Reply) -> &str {
    match reply.reports.last() {
        Some(Report::Group(report)) => &report.method,
        Some(Report::Predict(report)) => &report.method,
        Some(Report::Fit(report)) => &report.method,
        Some(Report::KnnItem(_)) => "knn_item",
        Some(Report::Pca(_)) => "pca",
        Some(Report::Described { method, .. }) => method,
        Some(Report::Profile(_)) | None => "profile",
    }
}

fn metrics(reply: &Reply) -> BTreeMap<&str, f64> {
    match reply.reports.last() {
        Some(Report::Group(report)) => {
            let silhouette = report.silhouette.as_ref().map(|silhouette| ("silhouette", silhouette.mean));
            let inertia = report.facts.iter().find(|fact| fact.code == "inertia");
            let inertia = inertia.map(|fact| ("inertia", fact.value));
            [("k", f64::from(report.k))].into_iter().chain(inertia).chain(silhouette).collect()
        }
        Some(Report::Predict(report)) => held_out_metrics(&report.held_out),
        Some(Report::KnnItem(report)) => {
            let scores = report.evaluation.as_ref();
            scores
                .map(|scores| {
                    BTreeMap::from([("hit_rate", scores.model.hit_rate.0), ("ndcg", scores.model.ndcg.0)])
                })
                .unwrap_or_default()
        }
        Some(Report::Fit(report)) => {
            report.facts.iter().map(|fact| (fact.code.as_str(), fact.value)).collect()
        }
        Some(Report::Pca(_) | Report::Profile(_) | Report::Described { .. }) | None => BTreeMap::new(),
    }
}

fn held_out_metrics(held_out: &HeldOut) -> BTreeMap<&'static str, f64> {
    match held_out {
        HeldOut::Number(score) => {
            let r_squared = score.r_squared.map(|r_squared| ("r_squared", r_squared));
            [("rmse", score.rmse)].into_iter().chain(r_squared).collect()
        }
        HeldOut::TwoClasses(score) => {
            BTreeMap::from([("auc", score.auc), ("brier", score.brier), ("log_loss", score.log_loss)])
        }
        HeldOut::Classes(score) => BTreeMap::from([
            ("accuracy", score.accuracy),
            ("balanced_accuracy", score.balanced_accuracy),
            ("log_loss", score.log_loss),
        ]),
    }
}

fn model_info(model: &Model, written: u64) -> ModelInfo {
    ModelInfo {
        id: model.id.0,
        name: model.name.clone(),
        method: model.method.clone(),
        at_millis: model.created_millis,
        data_hash: model.data_hash.clone(),
        metrics: serde_json::from_str(&model.metrics).unwrap_or_default(),
        written,
        drift: None,
    }
}

/// What comparing today's customers with those the model learned from advises.
fn drift_advice(reply: &Reply) -> Option<String> {
    let content = reply.reports.iter().find_map(|report| match report {
        Report::Described { method, content } if method == "drift" => Some(content),
        _ => None,
    });
    Some(content?.get("advice")?.as_str()?.to_owned())
}

fn nothing_computed() -> Failure {
    failure("nothing-computed", "nothing was computed yet: run the recipe first")
}

fn unwritable(error: serde_json::Error) -> Failure {
    failure("model-unwritable", &error.to_string())
}
