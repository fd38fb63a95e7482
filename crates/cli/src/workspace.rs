//! `stillroom workspace`: what an encrypted backup of the app holds. It is opened in memory: nothing readable is written but what is
//! asked for.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use serde_json::json;
use stillroom_engine::{
    compute::compute_within,
    failure::failure,
    platform::MemoryPlatform,
    protocol::{
        Ask, Cell as Shown, CustomerLines, ExportModel, ExportView, Failure, FieldInfo, Fields, Imports,
        LineInfo, ModelInfo, Models, OpenView, RowInfo, SortBy, Summary, ViewInfo, Window,
    },
    recipe::Recipe,
    reply::Reply,
    session::Session,
};
use stillroom_import::{Cell, FormulaGuard};

use crate::{
    files::{file_failure, write_file},
    output::{Form, csv_writer, formed, print_value, print_whole},
    passphrase,
    run::{budget, read_recipe},
    watch::Told,
};

/// The field that names a customer.
const ID: &str = "external_id";
/// Customers or lines asked for at a time.
const WINDOW: u32 = 1_000;

/// Arguments of `stillroom workspace`.
#[derive(Debug, Args)]
pub(crate) struct Workspace {
    /// A file whose first line is the passphrase; otherwise STILLROOM_PASSPHRASE, otherwise it is asked for.
    #[arg(long, value_name = "FILE", global = true)]
    passphrase_file: Option<PathBuf>,
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Say what it holds: counts, fields, imports and models.
    Show {
        /// The backup.
        backup: PathBuf,
        /// How that is printed.
        #[arg(long, value_enum, default_value_t = Form::Json)]
        format: Form,
    },
    /// Write its customers and order lines as CSV and its models as files, in clear.
    Export {
        /// The backup.
        backup: PathBuf,
        /// The folder they are written to.
        #[arg(long, default_value = ".")]
        folder: PathBuf,
    },
    /// Run a recipe on what it holds.
    Run {
        /// The backup.
        backup: PathBuf,
        /// The recipe, a JSON document.
        recipe: PathBuf,
        /// How the reply is printed.
        #[arg(long, value_enum, default_value_t = Form::Json)]
        format: Form,
    },
}

impl Workspace {
    /// Opens the backup and does the step.
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let open = |backup: &Path| Opened::open(backup, &passphrase::read(self.passphrase_file.as_deref())?);
        match &self.step {
            Step::Show { backup, format } => open(backup)?.show(*format),
            Step::Export { backup, folder } => open(backup)?.export(folder),
            Step::Run { backup, recipe, format } => {
                let recipe = read_recipe(recipe)?;
                print_whole(&formed(&open(backup)?.run(&recipe)?, *format)?)
            }
        }
    }
}

/// A backup, opened in memory.
struct Opened(Session<MemoryPlatform>);

impl Opened {
    fn open(backup: &Path, passphrase: &str) -> Result<Self, Failure> {
        let file = std::fs::read(backup).map_err(|error| file_failure("file-unreadable", backup, &error))?;
        let mut session = Session::new(MemoryPlatform::default());
        session.restore(&file, passphrase)?;
        Ok(Self(session))
    }

    fn ask<A: Ask>(&mut self, ask: A) -> Result<A::Answer, Failure> {
        let answer = self.0.answer(ask.into())?.body;
        serde_json::from_value(answer).map_err(|error| failure("reply-unreadable", &error.to_string()))
    }

    /// The bytes beside an answer.
    fn file<A: Ask>(&mut self, ask: A) -> Result<Vec<u8>, Failure> {
        Ok(self.0.answer(ask.into())?.bytes.unwrap_or_default())
    }

    fn show(&mut self, form: Form) -> Result<(), Failure> {
        let (counts, fields) = (self.ask(Summary {})?, self.ask(Fields {})?);
        let (imports, models) = (self.ask(Imports {})?, self.ask(Models {})?);
        print_value(&json!({ "holds": counts, "fields": fields, "imports": imports, "models": models }), form)
    }

    fn export(&mut self, folder: &Path) -> Result<(), Failure> {
        let customers = self.customers_as_csv()?;
        let lines = self.lines()?;
        let mut files = vec![("customers.csv".to_owned(), customers)];
        files.extend((!lines.is_empty()).then(|| ("order_lines.csv".to_owned(), lines.into_bytes())));
        let models: Vec<ModelInfo> = self.ask(Models {})?;
        for model in models {
            files.push((format!("model-{}.json", model.id), self.file(ExportModel { id: model.id })?));
        }
        for (name, bytes) in files {
            let path = folder.join(name);
            write_file(&path, &bytes)?;
            println!("{}", path.display());
        }
        Ok(())
    }

    /// The reply with the customers' own ids.
    fn run(&mut self, recipe: &Recipe) -> Result<Reply, Failure> {
        let work = self.0.work(recipe)?;
        let mut told = Told::new(false);
        let mut reply = compute_within(&work, &mut budget(recipe), &mut |step| {
            told.tell(step.stage, step.done, step.total)
        })?;
        drop(told);
        let keys: BTreeMap<i64, String> = self.customers()?.into_iter().collect();
        let key = |id: &i64| keys.get(id).cloned().unwrap_or_else(|| id.to_string());
        reply.rows.keys = reply.rows.ids.iter().map(key).collect();
        Ok(reply)
    }

    /// All customers: the workspace's number and their own id, in the order of the latter.
    fn customers(&mut self) -> Result<Vec<(i64, String)>, Failure> {
        let view = self.view(vec![ID.to_owned()])?;
        let mut customers = Vec::new();
        for offset in (0..view.count).step_by(WINDOW as usize) {
            let rows: Vec<RowInfo> = self.ask(Window { view: view.view, offset, limit: WINDOW })?;
            customers.extend(rows.into_iter().map(|row| (row.id, key_of(row))));
        }
        Ok(customers)
    }

    /// All customers with the fields asked for.
    fn view(&mut self, fields: Vec<String>) -> Result<ViewInfo, Failure> {
        let sort = vec![SortBy { field: ID.to_owned(), descending: false }];
        self.ask(OpenView { filter: None, search: None, sort, fields })
    }

    /// All customers with all their fields as CSV, the id first.
    fn customers_as_csv(&mut self) -> Result<Vec<u8>, Failure> {
        let fields: Vec<FieldInfo> = self.ask(Fields {})?;
        let others = fields.into_iter().map(|field| field.key).filter(|key| key != ID);
        let view = self.view(std::iter::once(ID.to_owned()).chain(others).collect())?;
        self.file(ExportView { view: view.view })
    }

    /// The order lines of all customers as CSV; nothing when there are none.
    fn lines(&mut self) -> Result<String, Failure> {
        let mut writer = csv_writer(FormulaGuard::Guard)?;
        let mut is_any = false;
        writer.write_record([
            "customer_id",
            "order_id",
            "date",
            "item_code",
            "item",
            "quantity",
            "unit_price",
        ]);
        for (id, key) in self.customers()? {
            let lines = self.lines_of(id)?;
            is_any |= !lines.is_empty();
            lines.into_iter().for_each(|line| writer.write_cells(&cells(&key, line)));
        }
        Ok(if is_any { writer.take() } else { String::new() })
    }

    fn lines_of(&mut self, id: i64) -> Result<Vec<LineInfo>, Failure> {
        let mut all = Vec::new();
        for offset in (0..).step_by(WINDOW as usize) {
            let lines: Vec<LineInfo> = self.ask(CustomerLines { id, offset, limit: WINDOW })?;
            let is_last = lines.len() < WINDOW as usize;
            all.extend(lines);
            if is_last {
                break;
            }
        }
        Ok(all)
    }
}

/// The customer's own id, which stands first, or the workspace's number.
fn key_of(row: RowInfo) -> String {
    match row.cells.into_iter().next() {
        Some(Shown::Text(key)) => key,
        _ => row.id.to_string(),
    }
}

/// An order line as an import reads it.
fn cells(customer: &str, line: LineInfo) -> [Cell; 7] {
    [
        Cell::Text(customer.to_owned()),
        Cell::Text(line.order_no),
        line.at_millis.map_or(Cell::Missing, Cell::Time),
        Cell::Text(line.item_code),
        Cell::Text(line.item_name),
        Cell::Number(line.quantity),
        Cell::Number(line.unit_price),
    ]
}
