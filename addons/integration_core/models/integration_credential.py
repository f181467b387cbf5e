import logging
import os
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import config

from ..lib import signatures, vault

_logger = logging.getLogger(__name__)

SETTING = "integration_encryption_key"
SIGNING_KEY_BYTES = 32


class IntegrationCredential(models.Model):
    """A secret shared with a system: encrypted or hashed, never shown again."""

    _name = "integration.credential"
    _inherit = "integration.cached.rules.mixin"
    _description = "Credential"
    _order = "system_id, id desc"

    system_id = fields.Many2one(
        "integration.system", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="system_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [("hmac", "Signature (Standard Webhooks)"), ("bearer", "Bearer token")],
        required=True,
        default="hmac",
    )
    usage = fields.Selection(
        [("in", "The system sends with it"), ("out", "We send with it")],
        required=True,
        default="in",
    )
    hint = fields.Char(readonly=True, help="First characters, to tell secrets apart.")
    secret = fields.Char(
        compute="_compute_secret",
        inverse="_inverse_secret",
        store=False,
        copy=False,
        help="Write only: what is stored cannot be read back.",
    )
    secret_encrypted = fields.Char(copy=False, groups=fields.NO_ACCESS)
    token_hash = fields.Char(
        copy=False, groups=fields.NO_ACCESS, index="btree_not_null"
    )
    valid_until = fields.Datetime(help="Empty: until it is revoked.")
    rate_limit_per_minute = fields.Integer(
        string="Limit a minute",
        help="Of what this credential may send; 0: as much as its system may.",
    )
    revoked_at = fields.Datetime(readonly=True, copy=False)
    state = fields.Selection(
        [("valid", "In force"), ("expired", "Expired"), ("revoked", "Revoked")],
        compute="_compute_state",
    )

    _token_hash_unique = models.UniqueIndex("(token_hash) WHERE token_hash IS NOT NULL")

    _rate_limit_positive = models.Constraint(
        "CHECK(rate_limit_per_minute >= 0)", "A limit is not negative."
    )

    @api.depends("valid_until", "revoked_at")
    def _compute_state(self):
        now = fields.Datetime.now()
        for credential in self:
            if credential.revoked_at:
                credential.state = "revoked"
            elif credential.valid_until and credential.valid_until <= now:
                credential.state = "expired"
            else:
                credential.state = "valid"

    @api.depends("kind", "usage", "hint")
    def _compute_display_name(self):
        for credential in self:
            kind = dict(self._fields["kind"]._description_selection(self.env))
            credential.display_name = (
                f"{kind.get(credential.kind)} {credential.hint or ''}…"
            )

    def _compute_secret(self):
        self.secret = False

    def _inverse_secret(self):
        for credential in self.filtered("secret"):
            # The stored forms are closed to everybody, managers included; whoever
            # may write the credential may set them through this one door.
            credential.sudo().write(credential._prepare_secret_vals(credential.secret))
            credential.secret = False

    def _prepare_secret_vals(self, secret):
        """Return the stored form: a hash of what is compared, a cipher of the rest.

        :raises ValidationError: when the secret does not fit its kind.
        """
        hint = secret.removeprefix(signatures.PREFIX)[:6]
        if self.kind == "bearer" and self.usage == "in":
            if len(secret) < 32:
                raise ValidationError(
                    self.env._("A bearer token has 32 characters at least.")
                )
            return {"token_hash": vault.hash_token(secret), "hint": hint}
        if self.kind == "hmac":
            try:
                raw = signatures.decode_secret(secret)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "A signing secret reads whsec_ followed by base64 of 24 to 64 bytes."
                    )
                ) from error
        else:
            if not (secret.isascii() and secret.isprintable()) or " " in secret:
                raise ValidationError(
                    self.env._(
                        "A bearer token is one word of plain letters, digits and signs: "
                        "look for a line break or a space in it."
                    )
                )
            raw = secret.encode()
        return {"secret_encrypted": self._encrypt(raw), "hint": hint}

    @api.model
    def _get_encryption_keys(self):
        """Return the keys, newest first, from the environment or odoo.conf."""
        setting = os.environ.get(SETTING.upper()) or config.get(SETTING) or ""
        return vault.split_keys(setting)

    @api.model
    def _encrypt(self, raw):
        try:
            return vault.encrypt(self._get_encryption_keys(), raw)
        except vault.VaultError as error:
            raise UserError(
                self.env._(
                    "Secrets are encrypted with a key that is kept outside the database, "
                    "and there is none yet. Add this line to odoo.conf and restart Odoo:\n"
                    "%(setting)s = %(key)s",
                    setting=SETTING,
                    key=vault.new_encryption_key(),
                )
            ) from error

    def _decrypt_secret(self):
        """Return the raw secret, or None when no key in force opens it."""
        self.ensure_one()
        # The cipher is closed to everybody; only the gateway and the sender call this.
        encrypted = self.sudo().secret_encrypted
        if not encrypted:
            return None
        try:
            return vault.decrypt(self._get_encryption_keys(), encrypted)
        except vault.VaultError as error:
            _logger.error("Credential %s cannot be used: %s", self.id, error)
            return None

    def _get_validity(self):
        """Return the end of validity as a unix time, or None."""
        return self.valid_until.timestamp() if self.valid_until else None

    @api.model
    def _issue(self, system, *, kind, usage, overlap_days):
        """Create a credential with a fresh secret.

        :returns: ``(credential, secret)``; the secret cannot be had again.
        """
        previous = system.credential_ids.filtered(
            lambda c: (c.kind, c.usage, c.state) == (kind, usage, "valid")
        )
        if kind == "bearer":
            secret = vault.new_token()
        else:
            secret = signatures.encode_secret(secrets.token_bytes(SIGNING_KEY_BYTES))
        credential = self.create(
            {
                "system_id": system.id,
                "kind": kind,
                "usage": usage,
                "secret": secret,
            }
        )
        previous._expire_in(timedelta(days=overlap_days))
        return credential, secret

    def _expire_in(self, delay):
        limit = fields.Datetime.now() + delay
        for credential in self:
            credential.valid_until = min(credential.valid_until or limit, limit)

    def action_revoke(self):
        """End the validity at once."""
        self.write({"revoked_at": fields.Datetime.now()})
        for system in self.system_id:
            system.message_post(body=self.env._("A credential was revoked."))
