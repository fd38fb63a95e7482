//! Where things are: the checkout, the build's folder, and the pinned tools outside of both.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A tool that `cargo install` brings, at the one version the build is known to work with.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) package: &'static str,
    pub(crate) version: &'static str,
    /// The folder's first part, which is also what the log says.
    pub(crate) name: &'static str,
    pub(crate) binary: &'static str,
}

pub(crate) const TRUNK: Tool = Tool { package: "trunk", version: "0.21.14", name: "trunk", binary: "trunk" };
pub(crate) const WASM_BINDGEN: Tool =
    Tool { package: "wasm-bindgen-cli", version: "0.2.129", name: "wasm-bindgen", binary: "wasm-bindgen" };
pub(crate) const CARGO_DENY: Tool =
    Tool { package: "cargo-deny", version: "0.19.6", name: "cargo-deny", binary: "cargo-deny" };

/// The folders every command works with.
#[derive(Debug)]
pub(crate) struct House {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
    tools: PathBuf,
}

impl House {
    /// Finds the folders from the environment that cargo sets.
    pub(crate) fn here() -> Self {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = manifest.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf);
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |target| root.join(target));
        let cache = env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| env::home_dir().map(|home| home.join(".cache")))
            .unwrap_or_else(|| root.join("target"));
        Self { root, target, tools: cache.join("stillroom").join("tools") }
    }

    /// The finished build that is served.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// A folder beside the tools that outlives the checkout.
    pub(crate) fn cache(&self, name: &str) -> PathBuf {
        self.tools.with_file_name(name)
    }

    /// Where `cargo install --root` puts a tool.
    pub(crate) fn tool_folder(&self, tool: &Tool) -> PathBuf {
        self.tools.join(format!("{}-{}", tool.name, tool.version))
    }

    /// A command that runs in the checkout and finds the pinned tools before any others.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.find(program).unwrap_or_else(|| program.into()));
        command.current_dir(&self.root).env("PATH", self.path()).env("CARGO_TARGET_DIR", &self.target);
        // Trunk reads NO_COLOR=1 as a malformed option of its own and stops.
        command.env_remove("NO_COLOR");
        command
    }

    /// The file a program's name stands for on the house's path.
    pub(crate) fn find(&self, program: &str) -> Option<PathBuf> {
        env::split_paths(&self.path()).map(|folder| folder.join(program)).find(|file| file.is_file())
    }

    /// The first of several names that is installed.
    pub(crate) fn find_any(&self, programs: &[&str]) -> Option<PathBuf> {
        programs.iter().find_map(|program| self.find(program))
    }

    fn path(&self) -> OsString {
        let own = [&TRUNK, &WASM_BINDGEN, &CARGO_DENY].map(|tool| self.tool_folder(tool).join("bin"));
        let inherited = env::var_os("PATH").unwrap_or_default();
        let folders =
            own.into_iter().chain([self.root.join("node_modules/.bin")]).chain(env::split_paths(&inherited));
        env::join_paths(folders).unwrap_or(inherited)
    }
}
