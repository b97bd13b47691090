//! usher whole: ingest, routing and delivery as three processes, the stand-ins around them.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use usher::scenario::{Facts, Timeline, Timing, World};
use usher_stand_ins::StandIns;

use crate::child::Child;
use crate::kafka::Kafka;

/// How long a process may take until it is ready.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// How long nothing is committed where everything is done.
const QUIET: Duration = Duration::from_secs(1);

/// One of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// HTTP in.
    Ingest,
    /// The decisions.
    Routing,
    /// The outside calls.
    Delivery,
}

impl Service {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Ingest, Self::Routing, Self::Delivery];

    const fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Routing => "routing",
            Self::Delivery => "delivery",
        }
    }
}

/// Everything of one test.
pub struct System {
    /// The outside world and the public facts.
    pub world: World,
    /// usher itself.
    pub processes: Processes,
}

/// The three processes and what they run on.
pub struct Processes {
    program: PathBuf,
    folder: PathBuf,
    environment: Vec<(String, String)>,
    running: Vec<(Service, u16, Child)>,
    // Dropped last: the processes end before their topics go.
    kafka: Kafka,
}

impl System {
    /// Starts everything and waits until it is ready. `program` is the binary under test.
    pub async fn start(program: &str, test: &str, timing: Timing) -> Result<Self> {
        Self::on(Kafka::find(test)?, program, timing).await
    }

    /// As [`System::start`], on the Kafka at this address.
    pub async fn start_on(address: &str, program: &str, test: &str, timing: Timing) -> Result<Self> {
        Self::on(Kafka::at(address, test)?, program, timing).await
    }

    async fn on(kafka: Kafka, program: &str, timing: Timing) -> Result<Self> {
        let folder = std::env::temp_dir().join(&kafka.prefix);
        std::fs::create_dir_all(&folder)?;
        let (http, stream, admin) = (free_port()?, free_port()?, [free_port()?, free_port()?, free_port()?]);
        let ingest = format!("http://127.0.0.1:{http}");
        let streams = format!("http://127.0.0.1:{stream}");
        let stand_ins = StandIns::start().await?;
        let accounts = folder.join("accounts.yaml");
        std::fs::write(&accounts, stand_ins.accounts_yaml(&ingest, timing.graces()))?;
        let environment = vec![
            ("USHER__KAFKA__BROKERS".to_owned(), kafka.address.clone()),
            ("USHER__KAFKA__PREFIX".to_owned(), kafka.prefix.clone()),
            ("USHER__ACCOUNTS__FILE".to_owned(), accounts.display().to_string()),
            ("USHER__HTTP__LISTEN".to_owned(), format!("127.0.0.1:{http}")),
            ("USHER__STREAM__LISTEN".to_owned(), format!("127.0.0.1:{stream}")),
            ("USHER__STREAM__PEER_LISTEN".to_owned(), format!("127.0.0.1:{}", free_port()?)),
            ("USHER__STREAM__PEER_SECRET".to_owned(), "e2e-peer-secret-0123456789abcdef0123".to_owned()),
            ("USHER__MEDIA__URL".to_owned(), folder.join("media").display().to_string()),
            // Everything that could ever be logged is searched for personal data.
            ("USHER__LOG__LEVEL".to_owned(), "trace".to_owned()),
        ];
        let program = PathBuf::from(program);
        run(&program, &["topics", "apply"], &environment)?;
        let timeline = Timeline::on_stdout();
        let facts = Facts::follow(&kafka.broker, &kafka.prefix, timeline.clone())?;
        let world = World::new(stand_ins, [ingest, streams], facts, timeline, timing);
        let mut processes = Processes { program, folder, environment, running: Vec::new(), kafka };
        for (service, admin) in Service::ALL.into_iter().zip(admin) {
            processes.spawn(service, admin)?;
        }
        for service in Service::ALL {
            processes.ready(service).await?;
        }
        processes.apply_directory(&world.stand_ins.directory_yaml())?;
        Ok(Self { world, processes })
    }
}

impl Processes {
    fn spawn(&mut self, service: Service, admin: u16) -> Result<()> {
        let mut environment = self.environment.clone();
        environment.push(("USHER__ADMIN__LISTEN".to_owned(), format!("127.0.0.1:{admin}")));
        let log = self.log(service);
        let child = Child::start(&self.program, &[service.name()], &environment, &log)?;
        self.running.push((service, admin, child));
        Ok(())
    }

    /// Starts one more delivery beside the first, as another replica of it.
    pub async fn another_delivery(&self) -> Result<Replica> {
        let (stream, peer, admin) = (free_port()?, free_port()?, free_port()?);
        let mut environment = self.environment.clone();
        for (key, value) in [
            ("USHER__WORKER__NAME", "usher-1".to_owned()),
            ("USHER__STREAM__LISTEN", format!("127.0.0.1:{stream}")),
            ("USHER__STREAM__PEER_LISTEN", format!("127.0.0.1:{peer}")),
            ("USHER__ADMIN__LISTEN", format!("127.0.0.1:{admin}")),
        ] {
            environment.push((key.to_owned(), value));
        }
        let log = self.folder.join("delivery-1.log");
        let child = Child::start(&self.program, &[Service::Delivery.name()], &environment, &log)?;
        let address = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        let mut replica = Replica { streams: address(stream), peer: address(peer), admin, child };
        replica.ready().await?;
        Ok(replica)
    }

    /// Where a service's log is.
    pub fn log(&self, service: Service) -> PathBuf {
        self.folder.join(format!("{}.log", service.name()))
    }

    /// Puts a directory in force.
    pub fn apply_directory(&self, yaml: &str) -> Result<()> {
        let file = self.folder.join("directory.yaml");
        std::fs::write(&file, yaml)?;
        run(&self.program, &["directory", "apply", "-f", &file.display().to_string()], &self.environment).map(drop)
    }

    /// Runs a verb of the program beside the services; what it printed.
    pub fn verb(&self, arguments: &[&str]) -> Result<String> {
        run(&self.program, arguments, &self.environment)
    }

    /// Kills a service by SIGKILL and starts it again.
    pub async fn kill_and_start_again(&mut self, service: Service) -> Result<()> {
        let child = self.child(service)?;
        child.kill()?;
        child.start_again()?;
        self.ready(service).await
    }

    /// Waits until a service says on its admin address that it is ready.
    pub async fn ready(&mut self, service: Service) -> Result<()> {
        let running = self.running.iter_mut().find(|(running, ..)| *running == service);
        let (_, admin, child) = running.with_context(|| format!("{} does not run", service.name()))?;
        wait_until_ready(*admin, child).await
    }

    /// Waits until no worker commits any more: what was under way is done, its markers are written.
    pub async fn at_rest(&self) -> Result<()> {
        let mut before = self.commits().await?;
        loop {
            tokio::time::sleep(QUIET).await;
            let now = self.commits().await?;
            if now == before {
                return Ok(());
            }
            before = now;
        }
    }

    async fn commits(&self) -> Result<Vec<String>> {
        let mut counts = Vec::new();
        for (_, admin, _) in &self.running {
            let metrics = ask(*admin, "metrics").await?;
            counts.extend(
                metrics.lines().filter(|line| line.starts_with("usher_commit_seconds_count")).map(str::to_owned),
            );
        }
        Ok(counts)
    }

    /// A service's process.
    pub fn child(&mut self, service: Service) -> Result<&mut Child> {
        let child = self.running.iter_mut().find(|(running, ..)| *running == service);
        child.map(|(.., child)| child).with_context(|| format!("{} does not run", service.name()))
    }

    /// All services are still there, none ever panicked, SIGTERM ends each in order, and what must stay between usher
    /// and the visitors is in no log and no metric: not `personal`, numbers and texts of the story.
    pub async fn end(mut self, personal: &[&str]) -> Result<()> {
        for (service, admin, child) in &mut self.running {
            child.alive()?;
            let metrics = ask(*admin, "metrics").await?;
            child.stop()?;
            let said = child.said();
            ensure!(!said.contains("panicked"), "{} panicked; see its log", service.name());
            for text in personal {
                ensure!(!said.contains(text), "the log of {} has “{text}”", service.name());
                ensure!(!metrics.contains(text), "the metrics of {} have “{text}”", service.name());
            }
        }
        std::fs::remove_dir_all(&self.folder)?;
        Ok(())
    }

    /// The broker of this test, and its prefix.
    pub fn kafka(&self) -> &Kafka {
        &self.kafka
    }
}

/// One more delivery.
pub struct Replica {
    /// Where it listens for clients.
    pub streams: SocketAddr,
    /// Where it answers its peers, as topic `mailbox-owners` names it.
    pub peer: SocketAddr,
    admin: u16,
    /// Its process.
    pub child: Child,
}

impl Replica {
    /// Waits until it says that it is ready.
    pub async fn ready(&mut self) -> Result<()> {
        wait_until_ready(self.admin, &mut self.child).await
    }

    /// SIGTERM ends it in order, it never panicked, and its log has nothing of `personal`.
    pub fn end(mut self, personal: &[&str]) -> Result<()> {
        self.child.stop()?;
        let said = self.child.said();
        ensure!(!said.contains("panicked"), "the other delivery panicked; see its log");
        for text in personal {
            ensure!(!said.contains(text), "the log of the other delivery has “{text}”");
        }
        Ok(())
    }
}

async fn wait_until_ready(admin: u16, child: &mut Child) -> Result<()> {
    let began = Instant::now();
    loop {
        child.alive()?;
        if is_ready(admin).await {
            return Ok(());
        }
        if began.elapsed() > READY_WITHIN {
            bail!("a process is not ready; it said:\n{}", child.said());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A port that is free and stays so: below those that the kernel gives to outgoing connections.
fn free_port() -> Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 400)? * 20;
    for _ in 0..1_000 {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port from {first} on is free")
}

fn run(program: &Path, arguments: &[&str], environment: &[(String, String)]) -> Result<String> {
    let output = Command::new(program).args(arguments).envs(environment.iter().cloned()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "usher {} failed: {said}{told}", arguments.join(" "));
    Ok(told)
}

async fn ask(admin: u16, path: &str) -> Result<String> {
    let answer = usher_runtime::http::client()?.get(format!("http://127.0.0.1:{admin}/{path}")).send().await?;
    Ok(answer.error_for_status()?.text().await?)
}

async fn is_ready(admin: u16) -> bool {
    ask(admin, "readyz").await.is_ok()
}
