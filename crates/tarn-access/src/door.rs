use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tarn_audit::AuditLog;
use tarn_consent::{ChoiceRegister, Directive};
use tarn_database::to_its_end;
use tarn_governance::Policy;
use tarn_model::{Clock, Entropy, PersonId, RequestContext, Role};
use tarn_record::{PersonQuery, RecordSource, RecordStore};
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::inside::Inside;
use crate::{
    AccessError, AccessLog, Alerts, Ask, Candidate, Choices, Disclosed, Document, PersonRecord,
    Preview, SourceStanding,
};

/// What a door is made of.
pub struct DoorParts {
    /// Who the people are and which sources there are.
    pub record: Arc<RecordStore>,
    /// Where content is asked for; the stored record is one of them.
    pub sources: Vec<Arc<dyn RecordSource>>,
    /// People's choices.
    pub consent: Arc<ChoiceRegister>,
    /// The audit log.
    pub audit: Arc<AuditLog>,
    /// The agreement in force.
    pub policy: Arc<Policy>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for audit salts and ids.
    pub entropy: Arc<dyn Entropy>,
    /// How long a source may take to answer.
    pub deadline: Duration,
    /// A multi-thread runtime that outlives the door. Its work is done there, to its end: a
    /// request whose reader goes away is not cut off between its decision and its audit row.
    pub runtime: Handle,
}

/// What the door gives, once it has decided, audited and fetched. Nothing is done before it is
/// awaited; from then on it is done to its end.
///
/// Boxed, so that the work behind the door is compiled once, with the door, and not again in
/// every crate that waits for it.
pub type Answer<T> = BoxFuture<'static, Result<T, AccessError>>;

/// The one door to record content.
///
/// Every method decides, writes the audit row, and only then gives content out, as
/// [`Disclosed`]. When the agreement, the choice register, the record or the audit log is
/// missing, nothing is given out.
pub struct Door {
    inside: Arc<Inside>,
    runtime: Handle,
}

impl Door {
    /// A door over these parts.
    #[must_use]
    pub fn new(parts: DoorParts) -> Self {
        let runtime = parts.runtime.clone();
        Self {
            inside: Arc::new(Inside::new(parts)),
            runtime,
        }
    }

    /// The agreement in force, for its words.
    #[must_use]
    pub fn agreement(&self) -> Arc<Policy> {
        self.inside.agreement()
    }

    /// Puts another agreement in force, from the next request on.
    pub fn replace_agreement(&self, policy: Arc<Policy>) {
        self.inside.replace_agreement(policy);
    }

    /// Every source and how it stands now. Holds nothing about any person.
    ///
    /// # Errors
    /// [`AccessError::Unavailable`] if the register does not answer.
    pub fn sources(&self) -> Answer<Vec<SourceStanding>> {
        self.behind(move |inside| async move { inside.sources().await })
    }

    /// Opens a person's record for whoever `ctx` says is asking.
    ///
    /// Decides, then writes the audit row and asks the sources at the same time, and gives
    /// nothing out before both are done.
    ///
    /// # Errors
    /// Any [`AccessError`]; each refusal is itself in the audit log first, and if that cannot be
    /// written the answer is [`AccessError::Unavailable`].
    pub fn open(
        &self,
        ctx: &RequestContext,
        person: PersonId,
        ask: &Ask,
    ) -> Answer<Disclosed<PersonRecord>> {
        let (ctx, ask) = (ctx.clone(), ask.clone());
        self.behind(move |inside| async move { inside.open(&ctx, person, &ask).await })
    }

    /// Finds people, and shows only those whose record this asker could open, if need be by
    /// giving a reason. Absent, opted out and not for this role look alike: not in the list.
    ///
    /// Each person shown gets a row in their own access log, and the search gets one, whether or
    /// not anybody was found.
    ///
    /// # Errors
    /// [`AccessError::Invalid`] if more people fit than may be shown; [`AccessError::Unavailable`]
    /// when the choices, the record or the audit log do not answer.
    pub fn find(
        &self,
        ctx: &RequestContext,
        query: &PersonQuery,
    ) -> Answer<Disclosed<Vec<Candidate>>> {
        let (ctx, query) = (ctx.clone(), query.clone());
        self.behind(move |inside| async move { inside.find(&ctx, &query).await })
    }

    /// Reads the document that the line of this resource opens.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] when there is no such document, or it lies outside what the
    /// asker may see, or it holds nothing that can be opened.
    pub fn read_document(
        &self,
        ctx: &RequestContext,
        person: PersonId,
        resource_type: &str,
        resource_id: &str,
    ) -> Answer<Disclosed<Document>> {
        let ctx = ctx.clone();
        let (kind, id) = (resource_type.to_owned(), resource_id.to_owned());
        self.behind(
            move |inside| async move { inside.read_document(&ctx, person, &kind, &id).await },
        )
    }

    /// The signed-in person's own record.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] if nothing is held about them, or they have not proved who they
    /// are well enough; otherwise as [`Door::open`].
    pub fn own_record(&self, ctx: &RequestContext) -> Answer<Disclosed<PersonRecord>> {
        let ctx = ctx.clone();
        self.behind(move |inside| async move { inside.own_record(&ctx).await })
    }

    /// One of the person's own documents.
    ///
    /// # Errors
    /// As [`Door::read_document`].
    pub fn own_document(
        &self,
        ctx: &RequestContext,
        resource_type: &str,
        resource_id: &str,
    ) -> Answer<Disclosed<Document>> {
        let ctx = ctx.clone();
        let (kind, id) = (resource_type.to_owned(), resource_id.to_owned());
        self.behind(move |inside| async move { inside.own_document(&ctx, &kind, &id).await })
    }

    /// Who has looked at the person's record, newest first: at most `limit` entries, those before
    /// the person's own number `before` if it is given. Reading it is itself an entry.
    ///
    /// # Errors
    /// As [`Door::own_record`].
    pub fn access_log(
        &self,
        ctx: &RequestContext,
        before: Option<i64>,
        limit: u32,
    ) -> Answer<Disclosed<AccessLog>> {
        let ctx = ctx.clone();
        self.behind(move |inside| async move { inside.access_log(&ctx, before, limit).await })
    }

    /// The person's choices, now and before.
    ///
    /// # Errors
    /// As [`Door::own_record`].
    pub fn choices(&self, ctx: &RequestContext) -> Answer<Disclosed<Choices>> {
        let ctx = ctx.clone();
        self.behind(move |inside| async move { inside.choices(&ctx).await })
    }

    /// What somebody in `as_role`, involved in the person's care, would see before and after an
    /// opt-out: worked out by the same policy and the same query as a real opening.
    ///
    /// # Errors
    /// As [`Door::own_record`].
    pub fn preview_choice(
        &self,
        ctx: &RequestContext,
        as_role: Role,
    ) -> Answer<Disclosed<Preview>> {
        let ctx = ctx.clone();
        self.behind(move |inside| async move { inside.preview_choice(&ctx, as_role).await })
    }

    /// Records the person's choice: to share, or to opt out of sharing. It holds from the very
    /// next request on, and stands in their access log.
    ///
    /// The audit row is written first: a choice that could not be audited is not taken.
    ///
    /// # Errors
    /// As [`Door::own_record`].
    pub fn choose(
        &self,
        ctx: &RequestContext,
        share: bool,
        consequences_read: bool,
    ) -> Answer<Disclosed<Directive>> {
        let ctx = ctx.clone();
        self.behind(
            move |inside| async move { inside.choose(&ctx, share, consequences_read).await },
        )
    }

    /// What the privacy officer was told of, newest first: a page of those that wait for an
    /// answer, or of those that have one. `before` is [`Alerts::older`] of the page before.
    ///
    /// Reading it is itself in the audit log, and in the log of each person it names.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] for anybody but a privacy officer whom the agreement names;
    /// [`AccessError::Unavailable`] when the choices, the record or the audit log do not answer.
    pub fn alerts(
        &self,
        ctx: &RequestContext,
        acknowledged: bool,
        before: Option<i64>,
    ) -> Answer<Disclosed<Alerts>> {
        let ctx = ctx.clone();
        self.behind(move |inside| async move { inside.alerts(&ctx, acknowledged, before).await })
    }

    /// Answers the alert of `event`, with every earlier one of the same look: what the privacy
    /// officer found, in their words. What is opened later is a new alert.
    ///
    /// # Errors
    /// As [`Door::alerts`]; [`AccessError::NotFound`] too if no such alert waits for an answer, and
    /// [`AccessError::Invalid`] without words.
    pub fn acknowledge_alert(&self, ctx: &RequestContext, event: Uuid, note: &str) -> Answer<()> {
        let (ctx, note) = (ctx.clone(), note.to_owned());
        self.behind(move |inside| async move { inside.acknowledge_alert(&ctx, event, &note).await })
    }

    /// Does what has been asked for, to its end.
    pub(crate) fn behind<T: Send + 'static, W>(
        &self,
        work: impl FnOnce(Arc<Inside>) -> W,
    ) -> BoxFuture<'static, T>
    where
        W: Future<Output = T> + Send + 'static,
    {
        let (runtime, work) = (self.runtime.clone(), work(Arc::clone(&self.inside)));
        Box::pin(async move { to_its_end(&runtime, work).await })
    }
}
