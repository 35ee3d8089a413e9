//! The door as the FHIR interface uses it: resources instead of lines.

use tarn_model::RequestContext;
use tarn_search::Search;

use crate::{
    AccessError, Disclosed, Door, Everything, ExportAsk, ExportPage, ExportedPart, Found,
    MatchQuery, Narrowing, PageOf, Resource, Scored, Versions, Written,
};

impl Door {
    /// Reads the current version of one resource.
    ///
    /// # Errors
    /// [`AccessError::NotFound`] if there is none, or the asker may not know of it: one answer
    /// for both. [`AccessError::Gone`] if its source took it back and the asker could see it.
    /// Otherwise as [`Door::open`].
    pub async fn read_resource(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        resource_type: &str,
        id: &str,
    ) -> Result<Disclosed<Resource>, AccessError> {
        let (ctx, narrowing) = (ctx.clone(), narrowing.clone());
        let (kind, id) = (resource_type.to_owned(), id.to_owned());
        self.behind(move |inside| async move {
            inside.read_resource(&ctx, &narrowing, &kind, &id).await
        })
        .await
    }

    /// Reads one version of one resource.
    ///
    /// # Errors
    /// As [`Door::read_resource`].
    pub async fn read_version(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        resource_type: &str,
        id: &str,
        version: i64,
    ) -> Result<Disclosed<Resource>, AccessError> {
        let (ctx, narrowing) = (ctx.clone(), narrowing.clone());
        let (kind, id) = (resource_type.to_owned(), id.to_owned());
        self.behind(move |inside| async move {
            inside
                .read_version(&ctx, &narrowing, &kind, &id, version)
                .await
        })
        .await
    }

    /// The versions of one resource, newest first.
    ///
    /// # Errors
    /// As [`Door::read_resource`].
    pub async fn history(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        resource_type: &str,
        id: &str,
        versions: &Versions,
    ) -> Result<Disclosed<Found>, AccessError> {
        let (ctx, narrowing) = (ctx.clone(), narrowing.clone());
        let (kind, id) = (resource_type.to_owned(), id.to_owned());
        let versions = versions.clone();
        self.behind(move |inside| async move {
            inside
                .history(&ctx, &narrowing, &kind, &id, &versions)
                .await
        })
        .await
    }

    /// The versions of every resource of one type about the person behind one Patient resource,
    /// newest first.
    ///
    /// # Errors
    /// As [`Door::read_resource`].
    pub async fn history_of_type(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        resource_type: &str,
        patient: &str,
        versions: &Versions,
    ) -> Result<Disclosed<Found>, AccessError> {
        let (ctx, narrowing) = (ctx.clone(), narrowing.clone());
        let (kind, patient) = (resource_type.to_owned(), patient.to_owned());
        let versions = versions.clone();
        self.behind(move |inside| async move {
            inside
                .history_of_type(&ctx, &narrowing, &kind, &patient, &versions)
                .await
        })
        .await
    }

    /// Finds resources. What the asker may not know of is not looked at: it is in no match,
    /// include, chain, order or count.
    ///
    /// # Errors
    /// [`AccessError::Invalid`] if the search names nobody and is not about the directory.
    /// Nobody found, and somebody of whom the asker may not know, is an empty page alike.
    pub async fn search_resources(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        search: &Search,
        page: &PageOf,
    ) -> Result<Disclosed<Found>, AccessError> {
        let (ctx, narrowing) = (ctx.clone(), narrowing.clone());
        let (search, page) = (search.clone(), page.clone());
        self.behind(move |inside| async move {
            inside
                .search_resources(&ctx, &narrowing, &search, &page)
                .await
        })
        .await
    }

    /// Everything that the asker may see of the person behind one Patient resource.
    ///
    /// # Errors
    /// As [`Door::read_resource`].
    pub async fn everything(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        patient: &str,
        asked: &Everything,
    ) -> Result<Disclosed<Found>, AccessError> {
        let (ctx, narrowing) = (ctx.clone(), narrowing.clone());
        let (patient, asked) = (patient.to_owned(), asked.clone());
        self.behind(move |inside| async move {
            inside.everything(&ctx, &narrowing, &patient, &asked).await
        })
        .await
    }

    /// Reads what a change in part (a JSON Patch) is to be applied to: the current version of an
    /// entry of the asker's own organisation, whole. What can be shown in part only, since the
    /// place of the person is protected, can't be changed in this way.
    ///
    /// # Errors
    /// As [`Door::read_resource`]; another organisation's entry is [`AccessError::NotFound`] too.
    pub async fn patch_base(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        resource_type: &str,
        id: &str,
    ) -> Result<Disclosed<Resource>, AccessError> {
        let (ctx, narrowing) = (ctx.clone(), narrowing.clone());
        let (kind, id) = (resource_type.to_owned(), id.to_owned());
        self.behind(
            move |inside| async move { inside.patch_base(&ctx, &narrowing, &kind, &id).await },
        )
        .await
    }

    /// Takes what the asker's organisation contributes: a transaction Bundle's text, whole or not
    /// at all. When this returns, everything in it is on disk, and so is its audit row.
    ///
    /// # Errors
    /// [`AccessError::Rejected`] with the place of the fault; nothing was kept. What the asker
    /// may not write is [`crate::Rejection::Forbidden`], in the same words whatever the reason.
    pub async fn contribute(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        bundle: &str,
    ) -> Result<Disclosed<Vec<Written>>, AccessError> {
        let (ctx, narrowing) = (ctx.clone(), narrowing.clone());
        let bundle = bundle.to_owned();
        self.behind(move |inside| async move { inside.contribute(&ctx, &narrowing, &bundle).await })
            .await
    }

    /// Finds the people who might be the one described, with a score, best first.
    ///
    /// # Errors
    /// As [`Door::find`].
    pub async fn match_people(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        query: &MatchQuery,
    ) -> Result<Disclosed<Vec<Scored>>, AccessError> {
        let (ctx, narrowing) = (ctx.clone(), narrowing.clone());
        let query = query.clone();
        self.behind(
            move |inside| async move { inside.match_people(&ctx, &narrowing, &query).await },
        )
        .await
    }

    /// A copy of what the asker's organisation contributed, some people at a time.
    ///
    /// # Errors
    /// [`AccessError::Refused`] unless a registered system of a party asks.
    pub async fn export_page(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        asked: &ExportAsk,
    ) -> Result<Disclosed<ExportPage>, AccessError> {
        let (ctx, narrowing, asked) = (ctx.clone(), narrowing.clone(), asked.clone());
        self.behind(move |inside| async move { inside.export_page(&ctx, &narrowing, &asked).await })
            .await
    }

    /// Decides anew on a part of a copy that was made before, and writes that it is handed over:
    /// what lies ready belongs to the answer of an earlier moment. Nothing of the part may leave
    /// without this.
    ///
    /// # Errors
    /// As [`Door::export_page`], by the agreement and the token of now.
    pub async fn export_again(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        part: &ExportedPart,
    ) -> Result<Disclosed<()>, AccessError> {
        let (ctx, narrowing, part) = (ctx.clone(), narrowing.clone(), part.clone());
        self.behind(move |inside| async move { inside.export_again(&ctx, &narrowing, &part).await })
            .await
    }
}
