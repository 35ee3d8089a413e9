//! The door as the FHIR interface uses it: resources instead of lines.

use tarn_model::RequestContext;
use tarn_search::Search;

use crate::{
    Answer, Disclosed, Door, Everything, ExportAsk, ExportPage, ExportedPart, Found, MatchQuery,
    Narrowing, PageOf, Resource, Scored, Versions, Written,
};

/// Asks behind the door, with copies of what is borrowed: what has been asked for is done to its
/// end, even if whoever asked goes away. What stands behind the semicolon is handed on as it is.
macro_rules! asked {
    ($door:ident.$method:ident($($given:ident),*; $($more:expr)?)) => {{
        $(let $given = $given.to_owned();)*
        $door
            .behind(move |inside| async move {
                inside.$method($(&$given),* $(, $more)?).await
            })
    }};
}

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
        asked!(self.read_resource(ctx, narrowing, resource_type, id; None))
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
        asked!(self.read_resource(ctx, narrowing, resource_type, id; Some(version)))
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
        asked!(self.history(ctx, narrowing, resource_type, id, versions;))
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
        asked!(self.history_of_type(ctx, narrowing, resource_type, patient, versions;))
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
        asked!(self.search_resources(ctx, narrowing, search, page;))
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
        asked!(self.everything(ctx, narrowing, patient, asked;))
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
        asked!(self.patch_base(ctx, narrowing, resource_type, id;))
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
        asked!(self.contribute(ctx, narrowing, bundle;))
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
        asked!(self.match_people(ctx, narrowing, query;))
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
        asked!(self.export_page(ctx, narrowing, asked;))
    }

    /// Decides anew on a part of a copy that was made before, and writes that it is handed over:
    /// what lies ready belongs to the answer of an earlier moment. Nothing of the part may leave
    /// without this.
    ///
    /// # Errors
    /// As [`Door::export_page`], by the agreement and the token of now.
    pub fn export_again(
        &self,
        ctx: &RequestContext,
        narrowing: &Narrowing,
        part: &ExportedPart,
    ) -> Answer<Disclosed<()>> {
        asked!(self.export_again(ctx, narrowing, part;))
    }
}
