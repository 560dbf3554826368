"""The third parties of the booking system: the payment gateway, and the mailer, who also plays the user directory."""

from booking.gateway import Gateway
from booking.ledgers import GatewayRow, MailerRow
from booking.mailer import Mailer, messages
from booking.webhooks import WebhookCourier
from chaos.fakes.party import ThirdParty

GATEWAY = ThirdParty(
    name="gateway", url_variable="NEXUS_GATEWAY_URL", desk=Gateway, row=GatewayRow, courier=WebhookCourier
)
MAILER = ThirdParty(
    name="mailer",
    url_variable="NEXUS_MAILER_URL",
    desk=Mailer,
    row=MailerRow,
    views={"messages": messages},
)
