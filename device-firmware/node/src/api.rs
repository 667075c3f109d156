//! The HTTP API: which path does what.

use edge_nal::TcpConnect;
use embassy_time::Timer;
use skylift_protocol::auth::Denied;
use skylift_protocol::{Access, Done, ErrorCode, Event, Probe, Reason, Rename, WifiChange};
use skylift_updater::Flash;
use skylift_updater::journal::Mark;
use skylift_updater::switch::{self, SwitchError};

use crate::ends::end_code;
use crate::http::{Answer, BodyKind, Caller, Events, Exchange, Handler, Refusal, Request, Seal, Upload};
use crate::node::Node;
use crate::page::Page;
use crate::platform::Platform;
use crate::probe;
use crate::route::Route;

/// The answer's mark: restart once it is out.
const RESTART: u8 = 1;
/// The answer's mark: leave the network once it is out.
const MOVE: u8 = 2;

/// The API of a node; `stack` is for probes.
pub struct Api<'n, 'a, F, P, S> {
    pub(crate) node: &'n Node<'a, F, P>,
    stack: &'n S,
}

impl<'n, 'a, F: Flash, P: Platform, S: TcpConnect> Api<'n, 'a, F, P, S> {
    /// The API of a node.
    pub const fn new(node: &'n Node<'a, F, P>, stack: &'n S) -> Self {
        Self { node, stack }
    }

    fn status(&self, exchange: Exchange<'_>) -> Answer {
        if let Caller::Stranger = exchange.caller() {
            return exchange.json(200, &self.node.public_status());
        }
        self.node.somebody_asks();
        match self.node.status() {
            Some(status) => exchange.json(200, &status),
            None => exchange.error(ErrorCode::Flash, "otadata cannot be read"),
        }
    }

    async fn probe(&self, exchange: Exchange<'_>) -> Answer {
        let (probe, mut exchange) = match exchange.read_json::<Probe>() {
            Ok(read) => read,
            Err(answer) => return answer,
        };
        let (_, scratch) = exchange.parts();
        let results = probe::probe(self.stack, &probe.urls, scratch, &self.node.config).await;
        exchange.json(200, &results)
    }

    fn update(&self, exchange: Exchange<'_>) -> Answer {
        let (order, exchange) = match exchange.read_json() {
            Ok(read) => read,
            Err(answer) => return answer,
        };
        match self.node.take_order(order) {
            Ok(accepted) => exchange.json(202, &accepted),
            Err(why) => exchange.error(why.code(), why),
        }
    }

    fn prepare(&self, exchange: Exchange<'_>) -> Answer {
        let (wanted, exchange) = match exchange.read_json() {
            Ok(read) => read,
            Err(answer) => return answer,
        };
        match self.node.take_preparation(wanted) {
            Ok(preparing) => exchange.json(202, &preparing),
            Err(why) => exchange.error(why.code(), why),
        }
    }

    fn validate(&self, exchange: Exchange<'_>) -> Answer {
        if !self.node.is_pending() {
            return exchange.error(ErrorCode::NothingPending, "the running image is not on probation");
        }
        match self.node.keep_running_image() {
            Ok(()) => {
                self.node.log.line(format_args!("validated: somebody confirmed it"));
                exchange.json(200, &Done { restarts: false })
            }
            Err(error) => exchange.error(ErrorCode::Flash, error),
        }
    }

    /// An image on probation is given up; a kept one stays good, and the other slot boots.
    fn rollback(&self, exchange: Exchange<'_>) -> Answer {
        if let Some(why) = self.node.busy() {
            return exchange.error(ErrorCode::Busy, why);
        }
        if self.node.state.borrow().preparation.is_some() {
            let detail = "the other slot has been erased for the next update";
            return exchange.error(ErrorCode::NoOtherImage, detail);
        }
        match self.node.go_back() {
            Ok(()) => exchange.json(200, &Done { restarts: true }).then(RESTART),
            Err(error @ (SwitchError::NoOtherImage | SwitchError::NotMine)) => {
                exchange.error(ErrorCode::NoOtherImage, error)
            }
            Err(error @ SwitchError::BelowFloor) => exchange.error(ErrorCode::Downgrade, error),
            Err(error) => exchange.error(ErrorCode::Flash, error),
        }
    }

    fn reboot(&self, exchange: Exchange<'_>) -> Answer {
        if let Some(why) = self.node.busy() {
            return exchange.error(ErrorCode::Busy, why);
        }
        if self.node.is_pending() {
            // A restart would cost the new image one of its tries, or the only one.
            let detail = "the running image has not validated yet: validate it or roll it back";
            return exchange.error(ErrorCode::PendingValidation, detail);
        }
        exchange.json(200, &Done { restarts: true }).then(RESTART)
    }

    fn identify(&self, exchange: Exchange<'_>) -> Answer {
        self.node.platform.identify();
        exchange.json(200, &Done { restarts: false })
    }
}

impl<F: Flash, P: Platform, S: TcpConnect> Api<'_, '_, F, P, S> {
    fn rename(&self, exchange: Exchange<'_>) -> Answer {
        let (rename, exchange) = match exchange.read_json::<Rename>() {
            Ok(read) => read,
            Err(answer) => return answer,
        };
        if !rename.is_sound() {
            return exchange
                .error(ErrorCode::Malformed, "a name needs something in it, and no control characters");
        }
        if let Some(why) = self.node.busy() {
            return exchange.error(ErrorCode::Busy, why);
        }
        match self.node.rename(rename.name) {
            Ok(()) => exchange.json(200, &Done { restarts: false }),
            Err(_) => exchange
                .error(ErrorCode::Flash, "the device has no place to keep a name, or its flash is bad"),
        }
    }

    fn wifi(&self, exchange: Exchange<'_>) -> Answer {
        let (change, exchange) = match exchange.read_json::<WifiChange>() {
            Ok(read) => read,
            Err(answer) => return answer,
        };
        match self.node.take_wifi(change) {
            Ok(()) => exchange.json(202, &Done { restarts: false }).then(MOVE),
            Err(why) => exchange.error(why.code(), why),
        }
    }
}

impl<'a, F: Flash, P: Platform, S: TcpConnect> Handler for Api<'_, 'a, F, P, S> {
    type Events<'e>
        = NodeEvents<'e, 'a, F, P>
    where
        Self: 'e;

    fn admit(&self, request: &Request<'_>) -> Result<BodyKind, Refusal> {
        match Route::of(request.path()) {
            Some(route) => route.admit(request.method()),
            None if self.node.page(request.path()).is_some() => Page::admit(request.method()),
            None => Err(Refusal::not_found()),
        }
    }

    fn is_open(&self) -> bool {
        self.node.access() == Access::Open
    }

    fn is_named(&self, host: &str) -> bool {
        self.node.is_named(host)
    }

    fn judge(&self, request: &Request<'_>) -> Result<Caller, Denied> {
        self.node.judge(request)
    }

    fn seal(&self, caller: &Caller, status: u16, body: &[u8]) -> Seal {
        self.node.seal(caller, status, body)
    }

    async fn handle(&self, exchange: Exchange<'_>) -> Answer {
        match Route::of(exchange.request().path()) {
            Some(Route::Status) => self.status(exchange),
            Some(Route::Events) => exchange.events(),
            Some(Route::Log) => exchange.text(|out| self.node.log.read(out)),
            Some(Route::Probe) => self.probe(exchange).await,
            Some(Route::Update) => self.update(exchange),
            Some(Route::Image) => {
                let pushed = self.node.pushed(&exchange.request());
                exchange.json(202, &pushed)
            }
            Some(Route::Prepare) => self.prepare(exchange),
            Some(Route::Validate) => self.validate(exchange),
            Some(Route::Rollback) => self.rollback(exchange),
            Some(Route::Reboot) => self.reboot(exchange),
            Some(Route::Identify) => self.identify(exchange),
            Some(Route::Rename) => self.rename(exchange),
            Some(Route::Wifi) => self.wifi(exchange),
            None => self.page(exchange),
        }
    }

    async fn upload(&self, request: &Request<'_>, body: &mut impl Upload) -> Result<(), Refusal> {
        self.node.take_push(request, body).await
    }

    fn events(&self) -> Option<NodeEvents<'_, 'a, F, P>> {
        Some(NodeEvents { node: self.node, told: None })
    }

    fn sent(&self, mark: u8) {
        match mark {
            RESTART => self.node.request_restart(),
            MOVE => self.node.wifi.go(),
            _ => {}
        }
    }
}

/// The stream of one connection: an event whenever phase or progress differ from what was told last.
pub struct NodeEvents<'e, 'a, F, P> {
    node: &'e Node<'a, F, P>,
    told: Option<Event>,
}

impl<F: Flash, P: Platform> Events for NodeEvents<'_, '_, F, P> {
    async fn next(&mut self, out: &mut [u8]) -> usize {
        let event = loop {
            let event = self.node.event();
            if self.told.as_ref() != Some(&event) {
                break event;
            }
            Timer::after(self.node.config.http.event_interval / 2).await;
        };
        let len = serde_json_core::to_slice(&event, out).unwrap_or_default();
        self.told = Some(event);
        len
    }
}

impl<F: Flash, P: Platform> Node<'_, F, P> {
    /// Makes the image before this one the one that boots.
    fn go_back(&self) -> Result<(), SwitchError> {
        let running = self.boot.running.ok_or(SwitchError::NotMine)?;
        let mut flash = self.flash.borrow_mut();
        let layout = &self.boot.layout;
        match end_code(Reason::ByHand).filter(|_| self.is_pending()) {
            Some(by_hand) => switch::give_up(&mut *flash, layout, running, by_hand),
            None => {
                switch::return_to_other(&mut *flash, layout, running, self.secure_floor(), Mark::Returned)
            }
        }
    }
}
