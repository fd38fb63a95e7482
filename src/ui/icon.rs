//! Line icons, drawn on a 24 by 24 grid. They only accompany words and are hidden from assistive technology.

use leptos::prelude::*;

/// An icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symbol {
    /// The overview.
    Home,
    /// Bringing a file in.
    Import,
    /// Customers.
    People,
    /// Segments.
    Segments,
    /// Recommendations.
    Gift,
    /// Predictions.
    Trend,
    /// Kept models.
    Layers,
    /// Settings.
    Sliders,
    /// Closed.
    Lock,
    /// The device.
    Device,
    /// Something to look out for.
    Warning,
    /// Something went wrong.
    Failure,
    /// Done.
    Check,
    /// Information.
    Info,
    /// Close or remove.
    Cross,
    /// Search.
    Search,
    /// A file.
    File,
    /// Download.
    Download,
    /// Upward or ascending.
    Up,
    /// Downward or descending.
    Down,
    /// Onward.
    Right,
    /// Back.
    Left,
    /// Columns.
    Columns,
    /// Undo.
    Undo,
    /// Add.
    Plus,
    /// A key.
    Key,
    /// Nothing leaves.
    Shield,
    /// A shop.
    Shop,
    /// A bank.
    Bank,
    /// A clinic.
    Clinic,
    /// Edit.
    Pencil,
    /// Light.
    Sun,
    /// Dark.
    Moon,
    /// Readable.
    Eye,
    /// A server.
    Server,
    /// An exchange.
    Sync,
}

impl Symbol {
    fn path(self) -> &'static str {
        match self {
            Self::Home => "M4 11l8-7 8 7M6 9.5V20h4.5v-5.5h3V20H18V9.5",
            Self::Import => {
                "M12 3v11M7.5 9.5L12 14l4.5-4.5M4 15v4a1.5 1.5 0 0 0 1.5 1.5h13A1.5 1.5 0 0 0 20 19v-4"
            }
            Self::People => {
                "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0M16 4.4a3.5 3.5 0 0 1 0 6.2M18 14.3a6.5 6.5 0 0 1 3.5 5.7"
            }
            Self::Segments => {
                "M8 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM17 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM12 20.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6z"
            }
            Self::Gift => {
                "M4 11v9h16v-9M3 7h18v4H3zM12 7v13M12 7c-5 0-5.5-4-3-4s3 4 3 4zm0 0c5 0 5.5-4 3-4s-3 4-3 4z"
            }
            Self::Trend => "M3.5 3.5V19A1.5 1.5 0 0 0 5 20.5h15.5M7.5 15l4-4.5 3 2.5 5-6.5M15.5 6.5h4v4",
            Self::Layers => "M12 3l9 4.8-9 4.8-9-4.8zM3.5 12.3L12 16.8l8.5-4.5M3.5 16.5L12 21l8.5-4.5",
            Self::Sliders => {
                "M4 7h9M17 7h3M4 17h3M11 17h9M15 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM9 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4z"
            }
            Self::Lock => {
                "M6.5 10.5h11A1.5 1.5 0 0 1 19 12v7a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 19v-7a1.5 1.5 0 0 1 1.5-1.5zM8 10.5V7.5a4 4 0 0 1 8 0v3"
            }
            Self::Device => {
                "M4.5 5h15A1.5 1.5 0 0 1 21 6.5v8a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 14.5v-8A1.5 1.5 0 0 1 4.5 5zM8 20h8M12 16v4"
            }
            Self::Warning => "M12 4L2.5 20h19zM12 10v4.5M12 17.2v.1",
            Self::Failure => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7.5V13M12 16.2v.1",
            Self::Check => "M4.5 12.5l5 5 10-11",
            Self::Info => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.5M12 7.7v.1",
            Self::Cross => "M6 6l12 12M18 6L6 18",
            Self::Search => "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.3 15.3L20.5 20.5",
            Self::File => {
                "M13.5 3H7A1.5 1.5 0 0 0 5.5 4.5v15A1.5 1.5 0 0 0 7 21h10a1.5 1.5 0 0 0 1.5-1.5V8zM13.5 3v5h5M9 13h6M9 17h6"
            }
            Self::Download => "M12 3.5V15M7.5 10.5L12 15l4.5-4.5M4.5 20h15",
            Self::Up => "M6 14.5l6-6 6 6",
            Self::Down => "M6 9.5l6 6 6-6",
            Self::Right => "M9.5 6l6 6-6 6",
            Self::Left => "M14.5 6l-6 6 6 6",
            Self::Columns => "M4.5 4.5h15v15h-15zM9.5 4.5v15M14.5 4.5v15",
            Self::Undo => "M8 5L4 9l4 4M4 9h10a6 6 0 0 1 0 12h-3",
            Self::Plus => "M12 5v14M5 12h14",
            Self::Key => "M8 19a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM11.2 11.3L19.5 3M16 6.5l3 3",
            Self::Shield => {
                "M12 3l7.5 2.5v6c0 4.5-3 8-7.5 9.5-4.5-1.5-7.5-5-7.5-9.5v-6zM8.5 12l2.5 2.5 4.5-5"
            }
            Self::Shop => {
                "M4 10v10h16V10M3 10l2-6h14l2 6zM3 10a3 3 0 0 0 6 0 3 3 0 0 0 6 0 3 3 0 0 0 6 0M10 20v-5h4v5"
            }
            Self::Bank => "M3 9.5L12 4l9 5.5zM5 10v8M9.7 10v8M14.3 10v8M19 10v8M3 20.5h18",
            Self::Clinic => "M5 4.5h14v15H5zM12 8.5v7M8.5 12h7",
            Self::Pencil => {
                "M4 20l1-4.5L16.5 4a1.8 1.8 0 0 1 2.6 0l.9.9a1.8 1.8 0 0 1 0 2.6L8.5 19zM14.5 6l3.5 3.5"
            }
            Self::Sun => {
                "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4"
            }
            Self::Eye => {
                "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z"
            }
            Self::Server => "M4 4.5h16v6H4zM4 13.5h16v6H4zM7.5 7.5v.1M7.5 16.5v.1",
            Self::Sync => {
                "M4.5 11a7.5 7.5 0 0 1 13-4.5l2 2M19.5 4.5v4h-4M19.5 13a7.5 7.5 0 0 1-13 4.5l-2-2M4.5 19.5v-4h4"
            }
            Self::Moon => "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
        }
    }
}

/// An icon beside words.
#[component]
pub fn Icon(
    /// Which one.
    #[prop(into)]
    symbol: Signal<Symbol>,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=move || symbol.get().path()></path>
        </svg>
    }
}
