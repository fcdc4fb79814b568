/* refusal.h - Why a packet or a request was refused: stages, flags, texts.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Between processes a refusal is a number, so that one that was taken over
 * cannot write its own words into the audit log.  Everything about a number is
 * in its row in refusal.c; no code calculates with numbers.  */

#ifndef POSTERN_REFUSAL_H
#define POSTERN_REFUSAL_H

#include <stdbool.h>
#include "../../common/wire/framing.h"

enum refusal
  {
    REFUSAL_NONE = 0,
    /* capture: counted only. */
    REFUSAL_LENGTH,             /* Not the size of a datagram.  */
    REFUSAL_FRAGMENT,
    REFUSAL_MALFORMED,          /* IP or UDP header.  */
    REFUSAL_SEAL,               /* No door key fits.  */
    REFUSAL_DOOR_ENDED,         /* Under a door key that has ended.  */
    REFUSAL_CONTENT,            /* Under the seal: a length ...  */
    REFUSAL_PADDING,            /* ... padding that is not zero ...  */
    REFUSAL_PADDED_SIZE,        /* ... or that goes to another size ...  */
    REFUSAL_NO_MESSAGE,         /* ... nothing at all.  */
    REFUSAL_SEEN,               /* The identical copy, a moment ago.  */
    REFUSAL_BUSY,               /* Its door's queue is full.  */
    REFUSAL_LINK,               /* A frame that is not understood.  */
    REFUSAL_COUNTED,
    /* unseal */
    REFUSAL_NOT_FOR_US = 32,    /* No session key for our subkey.  */
    REFUSAL_HIDDEN,             /* Nor is it a hidden recipient's.  */
    REFUSAL_DECRYPT,            /* Damaged, or no integrity check.  */
    REFUSAL_UNSEAL_DEADLINE,
    REFUSAL_UNSEAL_FAILED,      /* The agent does not work.  */
    /* verify */
    REFUSAL_UNKNOWN_KEY = 64,
    REFUSAL_BAD_SIGNATURE,
    REFUSAL_KEY_EXPIRED,
    REFUSAL_KEY_REVOKED,
    REFUSAL_KEY_DISABLED,
    REFUSAL_KEY_USAGE,          /* It may not sign.  */
    REFUSAL_WEAK_DIGEST,
    REFUSAL_SIGNATURE_EXPIRED,
    REFUSAL_SIGNATURE_STATE,    /* Any other verdict than plainly good.  */
    REFUSAL_VERIFY_DEADLINE,    /* Only gpg's, in explain.  */
    REFUSAL_VERIFY_FAILED,
    REFUSAL_KEY_SHARED,         /* By a subkey that two keys have.  */
    REFUSAL_KEY_EARLY,          /* Its key was made later.  */
    /* decide, before the claim */
    REFUSAL_GRAMMAR = 96,
    REFUSAL_NOT_ADDRESSED,      /* "to" does not name this server.  */
    REFUSAL_TOO_OLD,
    REFUSAL_FROM_FUTURE,
    REFUSAL_HORIZON,
    REFUSAL_REPLAY,
    REFUSAL_STORE,              /* The claim could not be stored.  */
    REFUSAL_STORE_LOST,         /* max-age 0 and a lost store.  */
    REFUSAL_RATE,               /* More than a person may make.  */
    REFUSAL_CHANGED,            /* Signed before the person changed.  */
    REFUSAL_SIGNED_WHEN,        /* Not when its text says.  */
    /* decide, after it */
    REFUSAL_NO_USER = 128,      /* The signer is nobody's key.  */
    REFUSAL_USER_EXPIRED,
    REFUSAL_DOOR,               /* The user is tied to another door.  */
    REFUSAL_LOGIN,              /* "user" is not this person's.  */
    REFUSAL_ACTION,             /* Not offered here.  */
    REFUSAL_SOURCE,             /* Not an address that can get a grant.  */
    REFUSAL_NO_RULE,
    REFUSAL_PORTS,
    REFUSAL_FROM,
    REFUSAL_HOURS,
    REFUSAL_OBSERVED,           /* The rule requires a signed address. */
    REFUSAL_ATTACHMENT,         /* A credential that no rule requires. */
    REFUSAL_NOTHING,            /* Nothing to close.  */
    REFUSAL_CREDENTIAL_ASKED,   /* The rule requires one.  */
    REFUSAL_COMMAND,            /* None of that name for this person.  */
    REFUSAL_ARGUMENT,           /* One that the command does not take.  */
    REFUSAL_RESULT,             /* No such request of this person's.  */
    REFUSAL_ELSEWHERE,          /* once or bind, and an open-command; act
                                   checks it as well.  */
    REFUSAL_SEVERAL,            /* Observed, and for several servers.  */
    /* act */
    REFUSAL_OTHER_CONFIG = 160, /* GRANT by another configuration.  */
    REFUSAL_ACT_RULE,           /* act's own check says no.  */
    REFUSAL_FIREWALL,           /* nftables did not take it.  */
    REFUSAL_AMBIGUOUS,
    REFUSAL_TOO_MANY,           /* Grants.  */
    REFUSAL_ACT_GONE,
    REFUSAL_ACT_COMMAND,        /* act's own check of a command.  */
    REFUSAL_LATE,               /* Asked too long ago to be begun.  */
    REFUSAL_COMMAND_BUSY,       /* max-parallel of it are running.  */
    REFUSAL_PERSON_BUSY,        /* This person runs too many.  */
    REFUSAL_COOLDOWN,
    REFUSAL_FILE,               /* Not there, or not below its folder.  */
    REFUSAL_RECEIPT,            /* It could not be stored.  */
    /* The command was not started.  */
    REFUSAL_RUN_MISSING,        /* No such program.  */
    REFUSAL_RUN_WRITABLE,       /* Others could change it.  */
    REFUSAL_RUN_NO_PROGRAM,     /* Not one that can be executed.  */
    REFUSAL_RUN_USER,           /* No such user.  */
    REFUSAL_RUN_GROUP,          /* No such group.  */
    REFUSAL_RUN_IDENTITY,       /* It cannot become that user.  */
    REFUSAL_RUN_FOLDER,
    REFUSAL_RUN_EXEC,
    REFUSAL_RUN_MEMORY,
    REFUSAL_RUN_SYSTEM,
    REFUSAL_OWED,               /* What closes it could not be stored.  */
    /* The credential was not checked.  */
    REFUSAL_CREDENTIAL_LOCKED = 192, /* Too many failures before.  */
    REFUSAL_VOUCH_BUSY,
    REFUSAL_VOUCH_GONE,
    REFUSAL_VOUCH_FAILED,       /* Something that it needs is not right. */
    REFUSAL_VOUCH_UNREACHABLE,  /* No LDAP server.  */
    /* It was; what follows are failures of the person.  */
    REFUSAL_CREDENTIAL_FORM = 208, /* Cannot be opened or read.  */
    REFUSAL_CREDENTIAL_WRONG,
    REFUSAL_ACCOUNT_UNKNOWN,
    REFUSAL_ACCOUNT_LOCKED,
    REFUSAL_ACCOUNT_EXPIRED,
    REFUSAL_PASSWORD_EXPIRED,
    REFUSAL_PASSWORD_NONE,      /* The account has none.  */
    REFUSAL_NOT_MEMBER,         /* Of the LDAP group.  */
    REFUSAL_PASSWORD_CHANGE,    /* It is right, and to be changed first.  */
    REFUSAL_VOUCH_DEADLINE,     /* Asked, and no answer in time.  */
    /* The two-person rule.  */
    REFUSAL_WAITING_FULL = 224, /* Too many are pending.  */
    REFUSAL_NOT_WAITING,        /* None with that ID is.  */
    REFUSAL_OWN_REQUEST,        /* Nobody may approve their own.  */
    REFUSAL_NOT_APPROVER,
    REFUSAL_APPROVED_BEFORE,    /* By the same person.  */
    REFUSAL_DENIED,
    REFUSAL_APPROVAL_TIME,      /* It waited too long.  */
    REFUSAL_TERMS_CHANGED,      /* A reload changed its rule.  */
    REFUSAL_EMERGENCY,          /* Not without approvals.  */
    REFUSAL_AMBIGUOUS_ID,       /* Two pending requests have it.  */
    REFUSAL_NOT_DONE,           /* Approved, and then refused itself.  */
    /* unseal and verify, plus an enum framing_flaw.  */
    REFUSAL_OUTER_FRAMING = 256,
    REFUSAL_INNER_FRAMING = REFUSAL_OUTER_FRAMING + FRAMING_FLAWS,
    REFUSAL_END = REFUSAL_INNER_FRAMING + FRAMING_FLAWS
  };

/* Where a packet or request is refused, in the order of its path.  */
enum refusal_stage
  {
    REFUSAL_AT_LINK,            /* capture: link, IP, UDP.  */
    REFUSAL_AT_ADDRESS,
    REFUSAL_AT_SIZE,
    REFUSAL_AT_COPY,
    REFUSAL_AT_SEAL,
    REFUSAL_AT_QUEUE,
    REFUSAL_AT_FRAMING,         /* unseal */
    REFUSAL_AT_UNWRAP,
    REFUSAL_AT_INNER_FRAMING,   /* verify */
    REFUSAL_AT_SIGNATURE,
    REFUSAL_AT_PARSE,           /* From here decide, and roles that it asks. */
    REFUSAL_AT_TO,
    REFUSAL_AT_RATE,
    REFUSAL_AT_CLAIM,
    REFUSAL_AT_POLICY,
    REFUSAL_AT_ACT,
    REFUSAL_AT_CREDENTIAL,
    REFUSAL_AT_APPROVAL
  };

enum refusal_stage refusal_stage (unsigned int refusal);

/* The stage in the audit log: a constant, never NULL.  */
const char *refusal_stage_name (unsigned int refusal);

/* A constant text, never NULL; unknown numbers say so.  */
const char *refusal_text (unsigned int refusal);

/* The text for the requester, which may say less (never NULL).  */
const char *refusal_told (unsigned int refusal);

/* True for a refusal that vouch may answer with.  */
bool refusal_is_vouchs (unsigned int refusal);

/* True for a reason why a command could not be started.  */
bool refusal_is_start (unsigned int refusal);

/* True for a person's failure to give the right credential, which counts
   towards a lockout.  */
bool refusal_is_failure (unsigned int refusal);

/* True if something of ours does not work: the packet may be good.  */
bool refusal_is_broken (unsigned int refusal);

/* True for a number of enum refusal but REFUSAL_NONE, REFUSAL_COUNTED and
   REFUSAL_END.  */
bool refusal_known (unsigned int refusal);

/* True for a refusal before decide has read the request.  */
bool refusal_on_way (unsigned int refusal);

#endif /*POSTERN_REFUSAL_H*/
