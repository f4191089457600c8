"""Reports. The dashboard and the drill-down have namespaces of their own (urls_dashboard, urls_indicators)."""

from django.urls import path

from reporting.views.reports import assisting, drafting, drift, editing, listing, showing, signing

app_name = "reports"
urlpatterns = [
    path("", listing.ReportList.as_view(), name="list"),
    path("draft/", drafting.ReportDraft.as_view(), name="draft"),
    path("batch/", drafting.ReportBatch.as_view(), name="batch"),
    path("<int:pk>/", showing.ReportDetail.as_view(), name="detail"),
    path("<int:pk>/file/<slug:format>/", showing.ReportDownload.as_view(), name="file"),
    path("<int:pk>/versions/", showing.ReportVersions.as_view(), name="versions"),
    path("<int:pk>/drift/", drift.ReportDrift.as_view(), name="drift"),
    path("<int:pk>/files/", drafting.ReportFiles.as_view(), name="files"),
    path("<int:pk>/edit/", editing.ReportEdit.as_view(), name="edit"),
    path("<int:pk>/edit/figures/", assisting.EditorFigures.as_view(), name="edit-figures"),
    path("<int:pk>/edit/sections/", assisting.EditorSections.as_view(), name="edit-sections"),
    path("<int:pk>/edit/session/", assisting.EditorSession.as_view(), name="edit-session"),
    path("<int:pk>/sections/<slug:key>/", editing.SectionSave.as_view(), name="section"),
    path("<int:pk>/sections/<slug:key>/preview/", editing.SectionPreview.as_view(), name="section-preview"),
    path("<int:pk>/sections/<slug:key>/restore/", editing.SectionRestore.as_view(), name="section-restore"),
    path("<int:pk>/submit/", signing.ReportSubmit.as_view(), name="submit"),
    path("<int:pk>/findings/accept/", signing.FindingAccept.as_view(), name="accept"),
    path("<int:pk>/withdraw/", signing.ReportWithdraw.as_view(), name="withdraw"),
    path("<int:pk>/return/", signing.ReportReturn.as_view(), name="return"),
    path("<int:pk>/sign/", signing.ReportSign.as_view(), name="sign"),
]
