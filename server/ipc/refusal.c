/* refusal.c - Why a packet or a request was refused: one row for each number.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The texts go to the audit log, which contrib/fail2ban-filter.conf reads,
 * and to the requester.  A text for the requester must not show how the
 * server is set up, nor whether an account exists.  */

#include "refusal.h"

#include <stddef.h>

#include "../../common/wire/reply.h"

/* One text for all of these: it must not reveal anything about an account. */
#define NOT_TAKEN REPLY_CREDENTIAL_REFUSED
#define NOT_CHECKED "the credential could not be checked"
#define NOT_STARTED "the command could not be started"

/* Flags of a row.  */
enum
  {
    VOUCHS = 1,                 /* vouch may say it.  */
    FAILURE = 2,                /* A failure to give the credential.  */
    START = 4,                  /* The command was not started.  */
    BROKEN = 8                  /* Our own trouble; the packet may be
                                   good.  */
  };

struct row
{
  enum refusal_stage stage;
  unsigned int flags;
  const char *text;             /* NULL: there is no such refusal.  */
  const char *told;
};

/* TOLD NULL: the requester reads the same text.  A refusal before the claim is
   never sent to anybody.  */
#define R(name, stage, flags, text, told) \
  [REFUSAL_ ## name] = { REFUSAL_AT_ ## stage, flags, text, told }
static const struct row refusals[REFUSAL_OUTER_FRAMING] =
  {
    R (LENGTH, SIZE, 0, "not the size of a datagram", NULL),
    R (FRAGMENT, LINK, 0, "an IP fragment", NULL),
    R (MALFORMED, LINK, 0, "malformed IP or UDP header", NULL),
    R (SEAL, SEAL, 0, "no door key fits", NULL),
    R (DOOR_ENDED, SEAL, 0, "sealed with a door key that has ended", NULL),
    R (CONTENT, SEAL, 0, "an impossible length under a good seal", NULL),
    R (PADDING, SEAL, 0, "nonzero padding under a good seal", NULL),
    R (PADDED_SIZE, SEAL, 0, "a size that padding cannot produce", NULL),
    R (NO_MESSAGE, SEAL, 0, "no message under a good seal", NULL),
    R (SEEN, COPY, 0, "identical copy of a datagram seen a moment ago", NULL),
    R (BUSY, QUEUE, 0, "the queue of its door is full", NULL),
    R (LINK, LINK, 0, "a frame of an unknown kind", NULL),

    R (NOT_FOR_US, UNWRAP, 0, "not encrypted to this server's key", NULL),
    R (HIDDEN, UNWRAP, 0, "no hidden recipient is this server's key", NULL),
    R (DECRYPT, UNWRAP, 0, "cannot be decrypted, or is damaged", NULL),
    R (UNSEAL_DEADLINE, UNWRAP, BROKEN, "decryption took too long", NULL),
    R (UNSEAL_FAILED, UNWRAP, BROKEN,
      "gpg-agent failed to decrypt", NULL),

    R (UNKNOWN_KEY, SIGNATURE, 0, "signed by an unknown key", NULL),
    R (BAD_SIGNATURE, SIGNATURE, 0, "bad signature", NULL),
    R (KEY_EXPIRED, SIGNATURE, 0, "the signing key has expired", NULL),
    R (KEY_REVOKED, SIGNATURE, 0, "the signing key is revoked", NULL),
    R (KEY_DISABLED, SIGNATURE, 0, "the signing key is disabled", NULL),
    R (KEY_USAGE, SIGNATURE, 0, "signed by a key that may not sign", NULL),
    R (WEAK_DIGEST, SIGNATURE, 0,
      "signed with a digest weaker than SHA-256", NULL),
    R (SIGNATURE_EXPIRED, SIGNATURE, 0, "the signature has expired", NULL),
    R (SIGNATURE_STATE, SIGNATURE, 0,
      "the signature is not fully valid", NULL),
    R (VERIFY_DEADLINE, SIGNATURE, BROKEN, "verification took too long", NULL),
    R (VERIFY_FAILED, SIGNATURE, BROKEN,
      "the signature could not be checked", NULL),
    R (KEY_SHARED, SIGNATURE, 0,
      "signed by a subkey that two keys share", NULL),
    R (KEY_EARLY, SIGNATURE, 0,
      "the signing key was made after that time", NULL),

    R (GRAMMAR, PARSE, 0, "the text is not a request", NULL),
    R (NOT_ADDRESSED, TO, 0, "not addressed to this server", NULL),
    R (TOO_OLD, CLAIM, 0, "older than max-age", NULL),
    R (FROM_FUTURE, CLAIM, 0,
      "from further in the future than max-ahead", NULL),
    R (HORIZON, CLAIM, 0, "signed before the horizon", NULL),
    R (REPLAY, CLAIM, 0, "this request was used before", NULL),
    R (STORE, CLAIM, 0, "the claim could not be stored", NULL),
    R (STORE_LOST, CLAIM, 0,
      "the store was lost and the horizon must be reset", NULL),
    R (RATE, RATE, 0, "more requests from this person than rate allows", NULL),
    R (CHANGED, CLAIM, 0,
      "signed before this person's key or entry changed", NULL),
    R (SIGNED_WHEN, CLAIM, 0,
      "not signed at the time that its text says", NULL),

    R (NO_USER, POLICY, 0,
      "the signing key belongs to nobody here", "you are not known here"),
    R (USER_EXPIRED, POLICY, 0, "this person's access has ended", NULL),
    R (DOOR, POLICY, 0,
      "came through a door that is not the person's", "not with this door key"),
    R (LOGIN, POLICY, 0, "the name in user is not this person's", NULL),
    R (ACTION, POLICY, 0, "this action is not offered here", NULL),
    R (SOURCE, POLICY, 0, "not an address that can get a grant", NULL),
    R (NO_RULE, POLICY, 0,
      "no rule applies to this person", "no rule allows this"),
    R (PORTS, POLICY, 0, "no rule allows these ports", "no rule allows this"),
    R (FROM, POLICY, 0, "no rule allows this address", "no rule allows this"),
    R (HOURS, POLICY, 0,
      "no rule allows this hour", "no rule allows this now"),
    R (OBSERVED, POLICY, 0,
      "the rule requires a signed address",
      "the address must be signed: use --source"),
    R (ATTACHMENT, POLICY, 0, REPLY_CREDENTIAL_SURPLUS, NULL),
    R (NOTHING, POLICY, 0, "there is nothing to close", NULL),
    R (CREDENTIAL_ASKED, POLICY, 0,
      "the rule requires a credential", REPLY_CREDENTIAL_ASKED),
    R (COMMAND, POLICY, 0,
      "no such command for this person", REPLY_NO_COMMAND),
    R (ARGUMENT, POLICY, 0, "the arguments are not valid", NULL),
    R (RESULT, POLICY, 0, "no such request", NULL),
    R (ELSEWHERE, POLICY, 0,
      "the rule has an open-command, which supports neither once nor bind",
      "this rule supports neither once nor bind"),
    R (SEVERAL, POLICY, 0,
      "for several servers, and the address is not signed",
      "for several hosts the address must be signed: use --source"),

    R (OTHER_CONFIG, ACT, VOUCHS,
      "the configuration has just changed", "the server was busy: try again"),
    R (ACT_RULE, ACT, 0,
      "act found that the rule does not allow this", "no rule allows this"),
    R (FIREWALL, ACT, 0,
      "the nftables table did not accept the grant", "the server failed"),
    R (AMBIGUOUS, ACT, 0, "several grants match", NULL),
    R (TOO_MANY, ACT, 0, "too many grants", "the server is full"),
    R (ACT_GONE, ACT, 0, "act did not answer", "the server failed"),
    R (ACT_COMMAND, ACT, 0,
      "act found that the command does not allow this",
      REPLY_NO_COMMAND),
    R (LATE, ACT, 0,
      "act was asked too late", "the server was busy: try again"),
    R (COMMAND_BUSY, ACT, 0,
      "the command is already running",
      "the command is already running: try again when it has ended"),
    R (PERSON_BUSY, ACT, 0,
      "this person already runs as many commands as allowed",
      "you already run as many commands as allowed: try again when one has"
      " ended"),
    R (COOLDOWN, ACT, 0,
      "the command was started a moment ago",
      "the command was started a moment ago: try again later"),
    R (FILE, ACT, 0,
      "no such file in the argument's folder",
      "an argument does not name a file there"),
    R (RECEIPT, ACT, 0,
      "the receipt could not be stored",
      "the server failed; nothing was run"),
    R (RUN_MISSING, ACT, START, "the program does not exist", NOT_STARTED),
    R (RUN_WRITABLE, ACT, START,
      "users other than root can change the program", NOT_STARTED),
    R (RUN_NO_PROGRAM, ACT, START, "it is not a program", NOT_STARTED),
    R (RUN_USER, ACT, START,
      "the user of run-as does not exist", NOT_STARTED),
    R (RUN_GROUP, ACT, START,
      "a group of run-groups does not exist", NOT_STARTED),
    R (RUN_IDENTITY, ACT, START,
      "it cannot become the user of run-as", NOT_STARTED),
    R (RUN_FOLDER, ACT, START, "it cannot change to its dir", NOT_STARTED),
    R (RUN_EXEC, ACT, START, "the program cannot be executed", NOT_STARTED),
    R (RUN_MEMORY, ACT, START, "no memory", NOT_STARTED),
    R (RUN_SYSTEM, ACT, START,
      "the system refused a step of starting it", NOT_STARTED),
    R (OWED, ACT, 0,
      "its close-command could not be stored", "the server failed"),

    R (CREDENTIAL_LOCKED, CREDENTIAL, 0,
      "locked out after too many wrong credentials", NULL),
    R (VOUCH_BUSY, CREDENTIAL, VOUCHS,
      "too many credential checks are queued",
      "the server was busy: try again"),
    R (VOUCH_GONE, CREDENTIAL, 0, "vouch did not answer", NOT_CHECKED),
    R (VOUCH_FAILED, CREDENTIAL, VOUCHS,
      "vouch could not check the credential", NOT_CHECKED),
    R (VOUCH_UNREACHABLE, CREDENTIAL, VOUCHS,
      "no LDAP server could be asked", NOT_CHECKED),
    R (CREDENTIAL_FORM, CREDENTIAL, VOUCHS | FAILURE,
      "the attachment is not a credential", NOT_TAKEN),
    R (CREDENTIAL_WRONG, CREDENTIAL, VOUCHS | FAILURE,
      "wrong password", NOT_TAKEN),
    R (ACCOUNT_UNKNOWN, CREDENTIAL, VOUCHS | FAILURE,
      "there is no such account", NOT_TAKEN),
    R (ACCOUNT_LOCKED, CREDENTIAL, VOUCHS | FAILURE,
      "the account is locked", NOT_TAKEN),
    R (ACCOUNT_EXPIRED, CREDENTIAL, VOUCHS | FAILURE,
      "the account has expired", NOT_TAKEN),
    R (PASSWORD_EXPIRED, CREDENTIAL, VOUCHS | FAILURE,
      "the password has expired", NOT_TAKEN),
    R (PASSWORD_NONE, CREDENTIAL, VOUCHS | FAILURE,
      "the account has no password", NOT_TAKEN),
    R (NOT_MEMBER, CREDENTIAL, VOUCHS | FAILURE,
      "not a member of the LDAP group", NOT_TAKEN),
    R (PASSWORD_CHANGE, CREDENTIAL, VOUCHS | FAILURE,
      "the directory requires the password to be changed",
      "change your password first: the directory requires it"),
    R (VOUCH_DEADLINE, CREDENTIAL, VOUCHS | FAILURE,
      "the credential check got no answer in time", NOT_CHECKED),

    R (WAITING_FULL, APPROVAL, 0, "too many requests are pending", NULL),
    R (NOT_WAITING, APPROVAL, 0,
      "no pending request has that ID", NULL),
    R (OWN_REQUEST, APPROVAL, 0, "nobody may approve their own request", NULL),
    R (NOT_APPROVER, APPROVAL, 0,
      "this person is not one of its approvers",
      "you are not one of its approvers"),
    R (APPROVED_BEFORE, APPROVAL, 0,
      "this person has already approved it", "you have already approved it"),
    R (DENIED, APPROVAL, 0, "denied", NULL),
    R (APPROVAL_TIME, APPROVAL, 0, "it was not approved in time", NULL),
    R (TERMS_CHANGED, APPROVAL, 0,
      "its rule or command changed while it was pending", NULL),
    R (EMERGENCY, APPROVAL, 0, "the rule does not allow an emergency", NULL),
    R (AMBIGUOUS_ID, APPROVAL, 0,
      "several pending requests have that ID: give more digits", NULL),
    R (NOT_DONE, APPROVAL, 0,
      "approved, but the request was then refused", NULL)
  };

static const char *const stages[] =
  {
    [REFUSAL_AT_LINK] = "capture", [REFUSAL_AT_ADDRESS] = "capture",
    [REFUSAL_AT_SIZE] = "capture", [REFUSAL_AT_COPY] = "capture",
    [REFUSAL_AT_SEAL] = "capture", [REFUSAL_AT_QUEUE] = "capture",
    [REFUSAL_AT_FRAMING] = "unseal",
    [REFUSAL_AT_UNWRAP] = "unseal", [REFUSAL_AT_INNER_FRAMING] = "verify",
    [REFUSAL_AT_SIGNATURE] = "verify", [REFUSAL_AT_PARSE] = "parse",
    [REFUSAL_AT_TO] = "to", [REFUSAL_AT_RATE] = "rate",
    [REFUSAL_AT_CLAIM] = "claim", [REFUSAL_AT_POLICY] = "policy",
    [REFUSAL_AT_ACT] = "act", [REFUSAL_AT_CREDENTIAL] = "credential",
    [REFUSAL_AT_APPROVAL] = "approval"
  };


/* The row of REFUSAL.  The texts for flaws of the framing, outer or inner, are
   in framing.h.  */
static struct row
find_refusal (unsigned int refusal)
{
  struct row row = { REFUSAL_AT_LINK, 0, NULL, NULL };

  if (refusal < REFUSAL_OUTER_FRAMING)
    return refusals[refusal];
  row.stage = refusal < REFUSAL_INNER_FRAMING ? REFUSAL_AT_FRAMING
    : REFUSAL_AT_INNER_FRAMING;
  row.text = framing_text (refusal < REFUSAL_INNER_FRAMING
                           ? refusal - REFUSAL_OUTER_FRAMING
                           : refusal - REFUSAL_INNER_FRAMING);
  return row;
}

bool
refusal_is_failure (unsigned int refusal)
{
  return find_refusal (refusal).flags & FAILURE;
}

bool
refusal_is_start (unsigned int refusal)
{
  return find_refusal (refusal).flags & START;
}

bool
refusal_is_vouchs (unsigned int refusal)
{
  return find_refusal (refusal).flags & VOUCHS;
}

bool
refusal_is_broken (unsigned int refusal)
{
  return find_refusal (refusal).flags & BROKEN;
}

bool
refusal_known (unsigned int refusal)
{
  return find_refusal (refusal).text != NULL;
}

bool
refusal_on_way (unsigned int refusal)
{
  struct row row = find_refusal (refusal);

  return row.text && row.stage <= REFUSAL_AT_PARSE;
}

enum refusal_stage
refusal_stage (unsigned int refusal)
{
  return find_refusal (refusal).stage;
}

const char *
refusal_stage_name (unsigned int refusal)
{
  return stages[find_refusal (refusal).stage];
}

const char *
refusal_text (unsigned int refusal)
{
  const char *text = find_refusal (refusal).text;

  return text ? text : refusal ? "unknown refusal" : "not refused";
}

const char *
refusal_told (unsigned int refusal)
{
  const char *told = find_refusal (refusal).told;

  return told ? told : refusal_text (refusal);
}
