-- The last word of the survey about campaigns and whom they were sent to: what is told of one needs the other. Who a recipient is
-- stands nowhere here; the address is in `address`, sealed under the recipient's key. One text for both databases.
CREATE TABLE campaign (
    id    TEXT  NOT NULL PRIMARY KEY,
    facts BYTEA NOT NULL -- activelist.survey.v1.Campaign
);

CREATE TABLE campaign_recipient (
    recipient TEXT  NOT NULL PRIMARY KEY, -- campaigns/<id>/recipients/<id>
    campaign  TEXT  NOT NULL,
    facts     BYTEA NOT NULL              -- activelist.survey.v1.RecipientChanged
);

CREATE INDEX campaign_recipient_of ON campaign_recipient (campaign, recipient);
