/* refusal.c - Why a packet or a request was refused: numbers and texts.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "refusal.h"

#include <stddef.h>

#include "../../common/wire/reply.h"

/* The same for all, so that nothing is learnt about an account.  */
#define NOT_TAKEN REPLY_CREDENTIAL_REFUSED
#define NOT_CHECKED "the credential could not be checked"
#define NOT_STARTED "the command could not be started"

/* TOLD NULL: the person who asked reads the same text.  What comes before
   the claim is told nobody; what would show how the server is set up is
   told in fewer words.  */
static const struct
{
  unsigned int refusal;
  const char *text;
  const char *told;
} refusals[] =
  {
    { REFUSAL_NONE, "not refused", NULL },
    { REFUSAL_LENGTH, "not the size of a datagram", NULL },
    { REFUSAL_FRAGMENT, "an IP fragment", NULL },
    { REFUSAL_MALFORMED, "malformed IP or UDP header", NULL },
    { REFUSAL_SEAL, "no door key fits", NULL },
    { REFUSAL_DOOR_ENDED, "by a door key that has ended", NULL },
    { REFUSAL_CONTENT, "a length under a good seal that does not fit", NULL },
    { REFUSAL_PADDING, "padding under a good seal that is not zero", NULL },
    { REFUSAL_PADDED_SIZE, "a size that no padding makes", NULL },
    { REFUSAL_NO_MESSAGE, "no message under a good seal", NULL },
    { REFUSAL_SEEN, "identical copy of a datagram seen a moment ago", NULL },
    { REFUSAL_BUSY, "the queue of its door is full", NULL },
    { REFUSAL_LINK, "a frame that is not understood", NULL },
    { REFUSAL_NOT_FOR_US, "not encrypted to this server's key", NULL },
    { REFUSAL_HIDDEN, "no hidden recipient is this server's key", NULL },
    { REFUSAL_DECRYPT, "cannot be decrypted, or is damaged", NULL },
    { REFUSAL_UNSEAL_DEADLINE, "decryption took too long", NULL },
    { REFUSAL_UNSEAL_FAILED, "gpg or gpg-agent failed to decrypt", NULL },
    { REFUSAL_UNKNOWN_KEY, "signed by an unknown key", NULL },
    { REFUSAL_BAD_SIGNATURE, "bad signature", NULL },
    { REFUSAL_KEY_EXPIRED, "the signing key has expired", NULL },
    { REFUSAL_KEY_REVOKED, "the signing key is revoked", NULL },
    { REFUSAL_KEY_DISABLED, "the signing key is disabled", NULL },
    { REFUSAL_KEY_USAGE, "signed by a key that may not sign", NULL },
    { REFUSAL_WEAK_DIGEST, "signed with a digest weaker than SHA-256", NULL },
    { REFUSAL_SIGNATURE_EXPIRED, "the signature has expired", NULL },
    { REFUSAL_SIGNATURE_STATE, "the signature is not plainly good", NULL },
    { REFUSAL_VERIFY_DEADLINE, "verification took too long", NULL },
    { REFUSAL_VERIFY_FAILED, "gpg failed to verify", NULL },
    { REFUSAL_KEY_SHARED, "signed by a subkey that two keys have", NULL },
    { REFUSAL_GRAMMAR, "the text is not a request", NULL },
    { REFUSAL_NOT_ADDRESSED, "not addressed to this server", NULL },
    { REFUSAL_TOO_OLD, "older than max-age", NULL },
    { REFUSAL_FROM_FUTURE, "from further ahead than max-ahead", NULL },
    { REFUSAL_HORIZON, "signed before the horizon", NULL },
    { REFUSAL_REPLAY, "this request was used before", NULL },
    { REFUSAL_STORE, "the claim could not be stored", NULL },
    { REFUSAL_STORE_LOST, "the store was lost and the horizon must be reset",
      NULL },
    { REFUSAL_RATE, "more requests of this person than rate allows", NULL },
    { REFUSAL_CHANGED, "signed before this person's key or entry changed",
      NULL },
    { REFUSAL_NO_USER, "the signer is nobody's key here",
      "you are not known here" },
    { REFUSAL_USER_EXPIRED, "this person's access has ended", NULL },
    { REFUSAL_DOOR, "came by another door than the person's",
      "not by this door key" },
    { REFUSAL_LOGIN, "the name in user is not this person's", NULL },
    { REFUSAL_ACTION, "this action is not offered here", NULL },
    { REFUSAL_SOURCE, "not an address that can get a grant", NULL },
    { REFUSAL_NO_RULE, "no rule is for this person",
      "no rule allows this" },
    { REFUSAL_PORTS, "no rule allows these ports", "no rule allows this" },
    { REFUSAL_FROM, "no rule allows this address", "no rule allows this" },
    { REFUSAL_HOURS, "no rule allows this hour", "no rule allows this now" },
    { REFUSAL_OBSERVED, "the rule wants a signed address",
      "the address must be signed: use --source" },
    { REFUSAL_ATTACHMENT, REPLY_CREDENTIAL_SURPLUS, NULL },
    { REFUSAL_NOTHING, "there is nothing to close", NULL },
    { REFUSAL_CREDENTIAL_ASKED, "the rule asks for a credential",
      REPLY_CREDENTIAL_ASKED },
    { REFUSAL_COMMAND, "no such command for this person",
      REPLY_NO_COMMAND },
    { REFUSAL_ARGUMENT, "the arguments do not fit", NULL },
    { REFUSAL_RESULT, "no such request", NULL },
    { REFUSAL_ELSEWHERE, "the rule has an open-command, which knows neither"
      " once nor bind", "this rule knows neither once nor bind" },
    { REFUSAL_SEVERAL, "for several servers, and the address is not signed",
      "for several hosts the address must be signed: use --source" },
    { REFUSAL_OTHER_CONFIG, "the configuration has just changed",
      "the server was busy: ask again" },
    { REFUSAL_ACT_RULE, "the rule does not allow this, says act",
      "no rule allows this" },
    { REFUSAL_FIREWALL, "the kernel's table did not take the grant",
      "the server failed" },
    { REFUSAL_AMBIGUOUS, "several grants fit", NULL },
    { REFUSAL_TOO_MANY, "too many grants", "the server is full" },
    { REFUSAL_ACT_GONE, "act did not answer", "the server failed" },
    { REFUSAL_ACT_COMMAND, "the command does not allow this, says act",
      REPLY_NO_COMMAND },
    { REFUSAL_LATE, "act was asked too late", "the server was busy: ask"
      " again" },
    { REFUSAL_COMMAND_BUSY, "the command runs already",
      "the command runs already: ask again when it has ended" },
    { REFUSAL_PERSON_BUSY, "this person runs as many commands as one may",
      "you run as many commands as one may: ask again when one has ended" },
    { REFUSAL_COOLDOWN, "the command was started a moment ago",
      "the command was started a moment ago: ask again later" },
    { REFUSAL_FILE, "no such file below the argument's folder",
      "an argument names no file there" },
    { REFUSAL_RECEIPT, "the receipt could not be stored",
      "the server failed; nothing was run" },
    { REFUSAL_RUN_MISSING, "the program is not there", NOT_STARTED },
    { REFUSAL_RUN_WRITABLE, "others than root could change the program",
      NOT_STARTED },
    { REFUSAL_RUN_NO_PROGRAM, "it is not a program", NOT_STARTED },
    { REFUSAL_RUN_USER, "there is no such user as run-as names",
      NOT_STARTED },
    { REFUSAL_RUN_GROUP, "there is no such group as run-groups names",
      NOT_STARTED },
    { REFUSAL_RUN_IDENTITY, "it cannot become the user of run-as",
      NOT_STARTED },
    { REFUSAL_RUN_FOLDER, "it cannot go to its dir", NOT_STARTED },
    { REFUSAL_RUN_EXEC, "the program cannot be executed", NOT_STARTED },
    { REFUSAL_RUN_MEMORY, "no memory", NOT_STARTED },
    { REFUSAL_RUN_SYSTEM, "the system refused a step of its start",
      NOT_STARTED },
    { REFUSAL_OWED, "what closes it elsewhere could not be stored",
      "the server failed" },
    { REFUSAL_CREDENTIAL_LOCKED, "locked after too many wrong credentials",
      NULL },
    { REFUSAL_VOUCH_BUSY, "too many credential checks wait",
      "the server was busy: ask again" },
    { REFUSAL_VOUCH_GONE, "vouch did not answer", NOT_CHECKED },
    { REFUSAL_VOUCH_FAILED, "vouch could not check the credential",
      NOT_CHECKED },
    { REFUSAL_VOUCH_UNREACHABLE, "no LDAP server could be asked",
      NOT_CHECKED },
    { REFUSAL_CREDENTIAL_FORM, "the attachment is no credential",
      NOT_TAKEN },
    { REFUSAL_CREDENTIAL_WRONG, "wrong password", NOT_TAKEN },
    { REFUSAL_ACCOUNT_UNKNOWN, "there is no such account", NOT_TAKEN },
    { REFUSAL_ACCOUNT_LOCKED, "the account is locked", NOT_TAKEN },
    { REFUSAL_ACCOUNT_EXPIRED, "the account has expired", NOT_TAKEN },
    { REFUSAL_PASSWORD_EXPIRED, "the password has expired", NOT_TAKEN },
    { REFUSAL_PASSWORD_NONE, "the account has no password", NOT_TAKEN },
    { REFUSAL_NOT_MEMBER, "not a member of the LDAP group", NOT_TAKEN },
    { REFUSAL_PASSWORD_CHANGE, "the directory demands that the password be"
      " changed", "change your password first: the directory demands it" },
    { REFUSAL_VOUCH_DEADLINE, "the credential check got no answer in time",
      NOT_CHECKED },
    { REFUSAL_WAITING_FULL, "too many requests wait for approval", NULL },
    { REFUSAL_NOT_WAITING, "nothing of that id waits for approval", NULL },
    { REFUSAL_OWN_REQUEST, "nobody approves their own request", NULL },
    { REFUSAL_NOT_APPROVER, "this person is none of its approvers",
      "you are none of its approvers" },
    { REFUSAL_APPROVED_BEFORE, "this person has approved it before",
      "you have approved it before" },
    { REFUSAL_DENIED, "denied", NULL },
    { REFUSAL_APPROVAL_TIME, "it was not approved in time", NULL },
    { REFUSAL_TERMS_CHANGED, "its rule or command changed while it waited",
      NULL },
    { REFUSAL_EMERGENCY, "the rule does not go without approvals", NULL },
    { REFUSAL_AMBIGUOUS_ID, "the id fits several that wait: give more of it",
      NULL },
    { REFUSAL_NOT_DONE, "approved, but what was asked was refused then",
      NULL }
  };

#define N_REFUSALS (sizeof refusals / sizeof *refusals)

static size_t
find (unsigned int refusal)
{
  size_t i;

  for (i = 0; i < N_REFUSALS; i++)
    if (refusals[i].refusal == refusal)
      return i;
  return i;
}

/* NULL for what is no flaw of the framing, outside or inside.  */
static const char *
find_flaw (unsigned int refusal)
{
  if (refusal < REFUSAL_OUTER_FRAMING)
    return NULL;
  return framing_text (refusal < REFUSAL_INNER_FRAMING
                       ? refusal - REFUSAL_OUTER_FRAMING
                       : refusal - REFUSAL_INNER_FRAMING);
}

bool
refusal_is_failure (unsigned int refusal)
{
  return refusal >= REFUSAL_CREDENTIAL_FORM
         && refusal <= REFUSAL_VOUCH_DEADLINE;
}

bool
refusal_is_start (unsigned int refusal)
{
  return refusal >= REFUSAL_RUN_MISSING && refusal <= REFUSAL_RUN_SYSTEM;
}

bool
refusal_is_vouchs (unsigned int refusal)
{
  return refusal == REFUSAL_OTHER_CONFIG || refusal == REFUSAL_VOUCH_BUSY
         || refusal == REFUSAL_VOUCH_FAILED
         || refusal == REFUSAL_VOUCH_UNREACHABLE
         || refusal_is_failure (refusal);
}

bool
refusal_known (unsigned int refusal)
{
  return refusal != REFUSAL_NONE
         && (find (refusal) < N_REFUSALS || find_flaw (refusal));
}

bool
refusal_on_way (unsigned int refusal)
{
  return refusal_known (refusal)
         && (refusal <= REFUSAL_GRAMMAR || refusal >= REFUSAL_OUTER_FRAMING);
}

const char *
refusal_text (unsigned int refusal)
{
  const char *flaw = find_flaw (refusal);
  size_t i = find (refusal);

  if (flaw)
    return flaw;
  return i < N_REFUSALS ? refusals[i].text : "unknown refusal";
}

const char *
refusal_told (unsigned int refusal)
{
  size_t i = find (refusal);

  if (i < N_REFUSALS && refusals[i].told)
    return refusals[i].told;
  return refusal_text (refusal);
}
