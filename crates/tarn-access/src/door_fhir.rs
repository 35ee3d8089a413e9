//! The door as the FHIR interface uses it: resources instead of lines.

use tarn_model::RequestContext;
use tarn_search::Search;

use crate::{
    Answer, Disclosed, Door, Everything, ExportAsk, ExportPage, Found, MatchQuery, Narrowing,
    PageOf, Resource, Scored, Versions, Written,
};

impl Door {
    /// Reads the current version of one resource.
    ///
    /// # Errors
    /// [`crate::AccessError::NotFound`] if there is none, or the asker may not know of it: one answer
    /// for both. [`crate::AccessError::Gone`] if its source took it back and the asker could see it.
    /// Otherwise as [`Door::open`].
    pub fn read_resource(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        resource_type: &str,
        id: &str,
    ) -> Answer<Disclosed<Resource>> {
        let (ctx, narrowing) = (ctx.clone(), narrowing.clone());
        let (kind, id) = (resource_type.to_owned(), id.to_owned());
        self.behind(move |inside| async move {
            inside.read_resource(&ctx, &narrowing, &kind, &id).await
        })
    }

    /// Reads one version of one resource.
    ///
    /// # Errors
    /// As [`Door::read_resource`].
    pub fn read_version(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        resource_type: &str,
        id: &str,
        version: i64,
    ) -> Answer<Disclosed<Resource>> {
        let (ctx, narrowing) = (ctx.clone(), narrowing.clone());
        let (kind, id) = (resource_type.to_owned(), id.to_owned());
        self.behind(move |inside| async move {
            inside
                .read_version(&ctx, &narrowing, &kind, &id, version)
                .await
        })
    }

    /// The versions of one resource, newest first.
    ///
    /// # Errors
    /// As [`Door::read_resource`].
    pub fn history(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        resource_type: &str,
        id: &str,
        versions: &Versions,
    ) -> Answer<Disclosed<Found>> {
        let (ctx, narrowing) = (ctx.clone(), narrowing.clone());
        let (kind, id) = (resource_type.to_owned(), id.to_owned());
        let versions = versions.clone();
        self.behind(move |inside| async move {
            inside
                .history(&ctx, &narrowing, &kind, &id, &versions)
                .await
        })
    }

    /// The versions of every resource of one type about the person behind one Patient resource,
    /// newest first.
    ///
    /// # Errors
    /// As [`Door::read_resource`].
    pub fn history_of_type(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        resource_type: &str,
        patient: &str,
        versions: &Versions,
    ) -> Answer<Disclosed<Found>> {
        let (ctx, narrowing) = (ctx.clone(), narrowing.clone());
        let (kind, patient) = (resource_type.to_owned(), patient.to_owned());
        let versions = versions.clone();
        self.behind(move |inside| async move {
            inside
                .history_of_type(&ctx, &narrowing, &kind, &patient, &versions)
                .await
        })
    }

    /// Finds resources. What the asker may not know of is not looked at: it is in no match,
    /// include, chain, order or count.
    ///
    /// # Errors
    /// [`crate::AccessError::Invalid`] if the search names nobody and is not about the directory.
    /// Nobody found, and somebody of whom the asker may not know, is an empty page alike.
    pub fn search_resources(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        search: &Search,
        page: &PageOf,
    ) -> Answer<Disclosed<Found>> {
        let (ctx, narrowing) = (ctx.clone(), narrowing.clone());
        let (search, page) = (search.clone(), page.clone());
        self.behind(move |inside| async move {
            inside
                .search_resources(&ctx, &narrowing, &search, &page)
                .await
        })
    }

    /// Everything that the asker may see of the person behind one Patient resource.
    ///
    /// # Errors
    /// As [`Door::read_resource`].
    pub fn everything(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        patient: &str,
        asked: &Everything,
    ) -> Answer<Disclosed<Found>> {
        let (ctx, narrowing) = (ctx.clone(), narrowing.clone());
        let (patient, asked) = (patient.to_owned(), asked.clone());
        self.behind(move |inside| async move {
            inside.everything(&ctx, &narrowing, &patient, &asked).await
        })
    }

    /// Reads what a change in part (a JSON Patch) is to be applied to: the current version of an
    /// entry of the asker's own organisation, whole. What can be shown in part only, since the
    /// place of the person is protected, can't be changed in this way.
    ///
    /// # Errors
    /// As [`Door::read_resource`]; another organisation's entry is [`crate::AccessError::NotFound`] too.
    pub fn patch_base(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        resource_type: &str,
        id: &str,
    ) -> Answer<Disclosed<Resource>> {
        let (ctx, narrowing) = (ctx.clone(), narrowing.clone());
        let (kind, id) = (resource_type.to_owned(), id.to_owned());
        self.behind(
            move |inside| async move { inside.patch_base(&ctx, &narrowing, &kind, &id).await },
        )
    }

    /// Takes what the asker's organisation contributes: a transaction Bundle's text, whole or not
    /// at all. When this returns, everything in it is on disk, and so is its audit row.
    ///
    /// # Errors
    /// [`crate::AccessError::Rejected`] with the place of the fault; nothing was kept. What the asker
    /// may not write is [`crate::Rejection::Forbidden`], in the same words whatever the reason.
    pub fn contribute(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        bundle: &str,
    ) -> Answer<Disclosed<Vec<Written>>> {
        let (ctx, narrowing) = (ctx.clone(), narrowing.clone());
        let bundle = bundle.to_owned();
        self.behind(move |inside| async move { inside.contribute(&ctx, &narrowing, &bundle).await })
    }

    /// Finds the people who might be the one described, with a score, best first.
    ///
    /// # Errors
    /// As [`Door::find`].
    pub fn match_people(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        query: &MatchQuery,
    ) -> Answer<Disclosed<Vec<Scored>>> {
        let (ctx, narrowing) = (ctx.clone(), narrowing.clone());
        let query = query.clone();
        self.behind(
            move |inside| async move { inside.match_people(&ctx, &narrowing, &query).await },
        )
    }

    /// A copy of what the asker's organisation contributed, some people at a time.
    ///
    /// # Errors
    /// [`crate::AccessError::Refused`] unless a registered system of a party asks.
    pub fn export_page(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        asked: &ExportAsk,
    ) -> Answer<Disclosed<ExportPage>> {
        let (ctx, narrowing, asked) = (ctx.clone(), narrowing.clone(), asked.clone());
        self.behind(move |inside| async move { inside.export_page(&ctx, &narrowing, &asked).await })
    }
}
