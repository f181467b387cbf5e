from odoo import models


class IntegrationHandler(models.AbstractModel):
    """Base of every handler: one abstract model per inbound contract.

    The contract record names the model in ``handler_model``. ``_handle`` runs as the
    system's service user, in its company and time zone, in the transaction that also
    marks the delivery done: effects and outcome are committed together or not at all.
    """

    _name = "integration.handler"
    _description = "Message Handler"

    def _handle(self, message):
        """Do what one message asks for; may be called again after a failure.

        :param message: one ``integration.message``.
        :returns: the record it led to, a ``lib.results.HandlerResult``, or None.
        :raises lib.errors.RetryableError: the cause passes by itself.
        :raises lib.errors.BusinessError: a person has to decide; nothing is applied.
        :raises lib.errors.PermanentError: it can never work.
        """
        raise NotImplementedError

    def _read_ahead(self, messages):
        """Hook: read for several messages at once what handling each of them reads.

        What the ORM has in its cache is not read again. Called before the first of a
        batch is handled, as the service user; nothing is written here.

        :param messages: ``integration.message``, each with its ``payload`` as it came.
        """

    def _resolve(self, message, domain_code, external_code):
        """Return the record an external code stands for; parks when unmapped."""
        return self.env["integration.mapping"]._resolve(
            message.system_id, domain_code, external_code
        )

    def _resolve_many(self, message, domain_code, codes):
        """Return ``{code: mapping}`` with one query, however many codes there are.

        :raises lib.errors.UnmappedCodeError: for the first code, in their order, without
            a record; the message is parked.
        """
        return self.env["integration.mapping"]._resolve_many(
            message.system_id, domain_code, codes
        )

    def _resolve_value(self, message, domain_code, external_code):
        """Return our own code of a status, a reason …; parks when unmapped."""
        return self._resolve(message, domain_code, external_code).code
