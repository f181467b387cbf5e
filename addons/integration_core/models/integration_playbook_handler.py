from odoo import models


class IntegrationPlaybookHandler(models.AbstractModel):
    """Base of steps that are written in Python: one abstract model per kind of step.

    Both methods run as the playbook's user, in the transaction that also records the
    step as done: effects and state are committed together or not at all.
    """

    _name = "integration.playbook.handler"
    _description = "Playbook Step Handler"
    _can_undo = False

    def _run(self, records, run):
        """Do the step; may be called again after a failure.

        :param records: what the step acts on, by its ``record_path``.
        :param run: the ``integration.playbook.run``; ``run._get_payload()`` is the event.
        :returns: a sentence for the history, or None.
        :raises lib.errors.PermanentError: trying again cannot help.
        """
        raise NotImplementedError

    def _undo(self, records, run):
        """Take the step back, where ``_can_undo`` says it can be."""
        raise NotImplementedError
