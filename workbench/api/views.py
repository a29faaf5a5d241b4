"""A person's saved views of the queue: saved, renamed, deleted, put in order."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from operations.api import once
from workbench.api.base import DeskApi, operation
from workbench.models import SavedView
from workbench.selectors.saved_views import views_of
from workbench.serializers import inputs as into
from workbench.serializers import outputs as out
from workbench.serializers.desk import ViewOut
from workbench.services.saved_views import change_view, delete_view, order_views, save_view


class Views(DeskApi):
    """The own views, in their own order: twenty at most (409 beyond)."""

    @operation(ViewOut(many=True), name="views")
    def get(self, request: Request) -> Response:
        return Response(ViewOut(views_of(request.user), many=True).data)

    @operation(ViewOut, status=201, body=into.ViewIn, refuses=(409,), once=True, name="save_view")
    @once
    def post(self, request: Request) -> Response:
        view = save_view(by=request.user, now=timezone.now(), **self.entered(into.ViewIn, request))
        return Response(ViewOut(view).data, status=201)


class View(DeskApi):
    def view(self, pk: int) -> SavedView:
        return get_object_or_404(views_of(self.request.user), pk=pk)

    @operation(ViewOut, body=into.ViewChangeIn, finds=True, refuses=(409,), once=True, name="change_view")
    @once
    def patch(self, request: Request, pk: int) -> Response:
        view = change_view(view=self.view(pk), by=request.user, now=timezone.now(), **self.entered(into.ViewChangeIn, request))
        return Response(ViewOut(view).data)

    @operation(out.DoneOut, finds=True, once=True, name="delete_view")
    @once
    def delete(self, request: Request, pk: int) -> Response:
        view = self.view(pk)
        delete_view(view=view, by=request.user, now=timezone.now())
        return Response({"detail": _("“%(name)s” is deleted.") % {"name": view.name}})


class ViewOrder(DeskApi):
    """All own views, in the order in which they are to stand."""

    @operation(ViewOut(many=True), body=into.ViewOrderIn, refuses=(409,), once=True, name="order_views")
    @once
    def post(self, request: Request) -> Response:
        views = order_views(ids=self.entered(into.ViewOrderIn, request)["ids"], by=request.user, now=timezone.now())
        return Response(ViewOut(views, many=True).data)
