/* packets.h - What the roles tell each other.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A packet's way: SEALED (capture to unseal), SIGNED (unseal to verify),
 * VERIFIED (verify to decide), GRANT (decide to act).  What fails on the
 * way becomes a REFUSED, which is passed on to decide for the audit, as
 * COUNTS are.  Where others have approved a request, decide asks verify to
 * RECHECK what was signed before, and is told what it has RECHECKED.  A
 * credential is an ASK (decide to vouch) and an ANSWER; in
 * between vouch tells a child of its own what to CHECK, which gives a
 * VERDICT.  A command is a RUN (decide to act), which begins (RUNNING) or
 * does not (DENIED); when it has ended act tells its OUTPUT, in its order,
 * and then that it RAN.  An act that has
 * BEGUN knows nothing of what others ran.  What a
 * hook is to tell is a HOOK (decide to act), which has no answer.
 *
 * What unseal and verify need from outside comes as a descriptor: unseal asks
 * posternd to CONNECT it to the agent, and is CONNECTED; and verify gets each
 * SNAPSHOT of the roster, and says when it has TAKEN it.  muster, which fills
 * a snapshot, tells that it has MUSTERED the people.
 *
 * packets.c describes each message once, as a table of the fields of its
 * struct; encoder, decoder and bounds come from there.  A new message is a
 * type and a struct here and a description there.  */

#ifndef POSTERN_PACKETS_H
#define POSTERN_PACKETS_H

#include <stdbool.h>
#include <stdint.h>
#include "../config/config.h"
#include "message.h"
#include "../../common/base/netspec.h"
#include "../config/passwd.h"
#include "../../common/wire/request.h"
#include "../../common/wire/seal.h"
#include "refusal.h"

#define PACKET_BLOBLEN 1400     /* Most bytes of a signed blob.  */
#define PACKET_OUTPUT_CHUNK 8192        /* Bytes of output in one.  */
#define PACKET_REASONLEN 200    /* Bytes of what a hook is told.  */
#define PACKET_GONE_MOST 64
#define PACKET_MESSAGELEN 511   /* Bytes of what posternd says.  */

/* Bits for packet_rule.from.  */
#define FROM_PARENT  1u
#define FROM_CAPTURE 2u
#define FROM_UNSEAL  4u
#define FROM_VERIFY  8u
#define FROM_DECIDE  16u
#define FROM_ACT     32u
#define FROM_VOUCH   64u
#define FROM_CHECK   128u       /* A child of vouch's.  */
#define FROM_MUSTER  256u

enum packet_type
  {
    PACKET_SEALED = 1,
    PACKET_SIGNED,
    PACKET_VERIFIED,
    PACKET_REFUSED,             /* Along the pipeline to decide.  */
    PACKET_COUNTS,              /* From capture along it to decide.  */
    PACKET_RECHECK,             /* decide to verify, and its answer */
    PACKET_RECHECKED,
    PACKET_GRANT = 16,          /* decide to act */
    PACKET_CLOSE,
    PACKET_LIST,
    PACKET_GRANTED,             /* act to decide, same id */
    PACKET_DENIED,
    PACKET_CLOSED,
    PACKET_LISTED,
    PACKET_REBUILT,             /* act to decide: the table was flushed. */
    PACKET_ENDED,               /* act to decide: by the configuration.  */
    PACKET_RUN,                 /* decide to act */
    PACKET_RUNNING,             /* act to decide, same id */
    PACKET_OUTPUT,
    PACKET_RAN,
    PACKET_BEGUN,               /* act to decide: it is another one.  */
    PACKET_HOOK,                /* decide to act */
    PACKET_READY = 32,          /* any role to posternd */
    PACKET_RELOAD,              /* decide to posternd, and its answer */
    PACKET_RELOADED,
    PACKET_KEEP,                /* decide to posternd to act */
    PACKET_KEPT,
    PACKET_SETTLED,             /* decide to posternd: is a reload over?
                                   RELOADED is the answer.  */
    PACKET_LEAVE,               /* posternd to act, and its answer, where
                                   something runs still.  */
    PACKET_LEFT,
    PACKET_PING,                /* posternd to any role, and its answer */
    PACKET_PONG,
    PACKET_HEALTH,              /* posternd to decide */
    PACKET_CONNECT,             /* unseal to posternd, and its answer, which
                                   has a descriptor if it succeeded.  */
    PACKET_CONNECTED,
    PACKET_SNAPSHOT,            /* posternd to verify, with a descriptor, and
                                   its answer.  */
    PACKET_TAKEN,
    PACKET_MUSTERED,            /* muster to posternd */
    PACKET_ASK = 48,            /* decide to vouch, and its answer */
    PACKET_ANSWER,
    PACKET_LDAP,                /* vouch to a child: whom to ask, ...  */
    PACKET_CHECK,               /* ... and what.  */
    PACKET_TRYING,              /* The child now uses the password.  */
    PACKET_VERDICT
  };

/* Where a datagram came from, and how.  */
struct packet_origin
{
  struct net_addr src;
  struct net_addr dst;
  uint16_t sport;
  uint16_t dport;
  uint32_t ifindex;
  char door[NETSPEC_NAMELEN + 1];       /* Its name: a reload may number
                                   doors anew.  Empty: the open door.  */
  bool previous;                /* By the key that the door had before.  */
  uint16_t size;                /* Of the datagram.  */
  uint64_t seen;                /* CLOCK_MONOTONIC, microseconds.  */
};

struct packet_sealed            /* Content of the seal.  */
{
  struct packet_origin origin;
  const unsigned char *message;
  size_t message_len;
  const unsigned char *attachment;
  size_t attachment_len;
};

struct packet_signed            /* The signed blob.  */
{
  struct packet_origin origin;
  const unsigned char *blob;
  size_t blob_len;
  const unsigned char *attachment;
  size_t attachment_len;
};

struct packet_verified
{
  struct packet_origin origin;
  char primary[NETSPEC_FPRLEN + 1];
  char signing[NETSPEC_FPRLEN + 1];
  uint64_t signed_at;           /* As the signature says: Unix seconds.  */
  uint64_t key_state, keys_changed;     /* As in struct snapshot_signer.  */
  const unsigned char *text;
  size_t text_len;
  const unsigned char *blob;    /* For the audit.  */
  size_t blob_len;
  const unsigned char *attachment;
  size_t attachment_len;
};

struct packet_refused
{
  struct packet_origin origin;
  char fpr[NETSPEC_FPRLEN + 1]; /* Of the key that signed, the primary one
                                   where that is known; empty: none.  */
  uint16_t refusal;             /* enum refusal: never a text.  */
};

struct packet_door              /* What passed by a door.  */
{
  char name[NETSPEC_NAMELEN + 1];       /* Empty: there is none.  */
  uint32_t passed;
  uint32_t previous;            /* Of them, by its previous key.  */
};

/* What capture let fall and passed on since the last COUNTS.  */
struct packet_counts
{
  uint32_t n[REFUSAL_COUNTED];  /* By enum refusal.  */
  uint32_t passed;
  struct packet_door door[CONFIG_MAX_DOORS];
};

/* Is BLOB, which was good when it came, still good?  */
struct packet_recheck
{
  const unsigned char *blob;
  size_t blob_len;
};

struct packet_rechecked
{
  uint16_t refusal;             /* 0: it is, and by PRIMARY.  */
  char primary[NETSPEC_FPRLEN + 1];
};

/* Open PORTS for ADDR in the name of USER, by RULE of the configuration
   with HASH.  The id of the message is the grant's number.  */
struct packet_grant
{
  unsigned char hash[CONFIG_HASHLEN];
  unsigned char request[REQUEST_HASHLEN];
  char rule[NETSPEC_NAMELEN + 1];
  char user[NETSPEC_NAMELEN + 1];
  char fpr[NETSPEC_FPRLEN + 1];
  struct net_addr addr;
  struct net_addr observed;
  struct port_set ports;
  uint16_t bind;                /* 0: any source port.  */
  bool once;
  uint32_t seconds;
  uint64_t answer_by;           /* CLOCK_BOOTTIME, milliseconds: nobody
                                   waits for it later.  Not in LISTED.  */
};

struct packet_granted
{
  uint64_t until;               /* Unix seconds.  */
  uint32_t seconds;
};

struct packet_denied            /* Answer to GRANT.  */
{
  uint16_t refusal;
};

/* Close the grants that fit: of USER (empty: anyone's) and, where PREFIX
   is not empty, whose request hash in hex begins so.  */
struct packet_close
{
  char user[NETSPEC_NAMELEN + 1];
  char prefix[2 * REQUEST_HASHLEN + 1];
  bool all;                     /* Else more than one is ambiguous.  */
};

struct packet_closed
{
  uint16_t refusal;             /* 0, or why nothing was closed.  */
  uint32_t n;
};

struct packet_list              /* Ask for grants after AFTER.  */
{
  uint64_t after;
};

/* One grant; NUMBER 0: the end, with how many close-commands are owed.  */
struct packet_listed
{
  uint64_t number;              /* Grows; for the next LIST.  */
  struct packet_grant grant;
  uint64_t since;               /* At the end, of what is owed for longest;
                                   0: nothing is.  */
  uint64_t until;
  uint32_t owed;
};

struct packet_rebuilt
{
  uint32_t grants;
};

struct packet_ended             /* So many that it does not allow now.  */
{
  uint32_t grants;
};

/* Run COMMAND of the configuration with HASH in the name of USER, who is at
   ADDR and was seen at OBSERVED.  ASKED is CLOCK_BOOTTIME in microseconds:
   what act finds too late it does not begin.  */
struct packet_run
{
  unsigned char hash[CONFIG_HASHLEN];
  unsigned char request[REQUEST_HASHLEN];
  char command[NETSPEC_NAMELEN + 1];
  char user[NETSPEC_NAMELEN + 1];
  char fpr[NETSPEC_FPRLEN + 1];
  struct net_addr addr;
  struct net_addr observed;
  uint64_t asked;
  uint8_t n_args;
  struct request_arg arg[REQUEST_MAX_ARGS];
};

/* A piece of what REQUEST's command has written.  */
struct packet_output
{
  unsigned char request[REQUEST_HASHLEN];
  uint32_t from;                /* Bytes of it that came before.  */
  const unsigned char *data;
  size_t len;
};

enum packet_ended_by
  {
    PACKET_ENDED_ITSELF,
    PACKET_ENDED_TIMEOUT,
    PACKET_ENDED_STOP,          /* act was told to stop.  */
    PACKET_ENDED_REVOKED        /* Its person may not any more.  */
  };

#define PACKET_SIGNALS 64

struct packet_ran
{
  unsigned char request[REQUEST_HASHLEN];
  uint16_t refusal;             /* Why it was not started, or 0.  */
  uint8_t ended_by;             /* enum packet_ended_by */
  uint8_t exit_code;
  uint8_t signal;               /* 0: it exited.  */
  uint64_t msecs;
  uint64_t produced;            /* Bytes of output, kept or not.  */
  uint32_t kept;                /* Bytes that OUTPUT brought.  */
};

/* act has begun, and runs nothing.  */
struct packet_begun
{
  bool others;                  /* One before it may still run something. */
};

/* Start the hook that the configuration with HASH has for EVENT, one of
   those that decide sees, and tell it of the request.  An empty string or
   set, and an address of no family, is not told.  */
struct packet_hook
{
  unsigned char hash[CONFIG_HASHLEN];
  uint8_t event;                /* enum config_event */
  char user[NETSPEC_NAMELEN + 1];
  char rule[NETSPEC_NAMELEN + 1]; /* Or the command.  */
  unsigned char request[REQUEST_HASHLEN];
  struct net_addr source;       /* Of the packet.  */
  struct net_addr addr;         /* That gets, or would get, the grant.  */
  struct port_set ports;
  char reason[PACKET_REASONLEN + 1]; /* Clean, without a LF.  */
};

/* Another act takes over: finish only what runs, and end what runs in the
   names of those who may not any more.  */
struct packet_leave
{
  uint8_t n;
  char gone[PACKET_GONE_MOST][NETSPEC_NAMELEN + 1];
};

/* The answer of posternd to RELOAD and SETTLED: empty, or what is wrong.  */
struct packet_reloaded
{
  char message[PACKET_MESSAGELEN + 1];
};

/* What keeps requests from getting through; empty: nothing.  */
struct packet_health
{
  char message[PACKET_MESSAGELEN + 1];
};

/* A snapshot of the roster, by its number, which only grows; or that it was
   taken.  */
struct packet_snapshot
{
  uint64_t generation;
};
struct packet_taken
{
  uint64_t generation;
};

/* The snapshot is complete.  */
struct packet_mustered
{
  uint32_t keys;                /* In it.  */
  uint32_t left_out;            /* That gpg could not judge.  */
  uint64_t next;                /* When the validity of a key next begins or
                                   ends: Unix seconds; 0: never.  */
  uint64_t changed;             /* When the keyring last changed: Unix time in
                                   microseconds.  */
};

/* Check the credential in ATTACHMENT, which KEY opens (the derived one),
   as RULE of the configuration with HASH (or where COMMAND is true, the
   command of that name) requires it: whether it is that of ACCOUNT, which
   is one of USER's names.  */
struct packet_ask
{
  unsigned char hash[CONFIG_HASHLEN];
  bool command;
  char rule[NETSPEC_NAMELEN + 1];
  char user[NETSPEC_NAMELEN + 1];
  char account[PASSWD_NAMELEN + 1];
  unsigned char key[SEAL_KEYLEN];
  const unsigned char *attachment;
  size_t attachment_len;
};

struct packet_answer            /* To ASK.  */
{
  uint16_t refusal;             /* 0: it is right.  */
};

/* A section "ldap" of the configuration; empty strings for NULL.  */
struct packet_ldap
{
  char name[NETSPEC_NAMELEN + 1];
  uint8_t n_uris;
  char uri[CONFIG_MAX_URIS][CONFIG_URILEN + 1];
  bool starttls;
  char ca_file[CONFIG_PATHLEN + 1];
  char bind_dn[CONFIG_DNLEN + 1];
  char base[CONFIG_DNLEN + 1];
  char filter[CONFIG_DNLEN + 1];
  char service_dn[CONFIG_DNLEN + 1];
  char member_of[CONFIG_DNLEN + 1];
  uint32_t timeout;             /* Milliseconds.  */
};

struct packet_check
{
  uint8_t kind;                 /* enum config_require_kind */
  char account[PASSWD_NAMELEN + 1];
  unsigned char key[SEAL_KEYLEN];
  const unsigned char *attachment;
  size_t attachment_len;
};

/* The same as ANSWER, from the child.  */
struct packet_verdict
{
  uint16_t refusal;
};

/* The description of TYPE; NULL where there is no such type.  */
struct layout;
const struct layout *packet_layout (unsigned int type);

/* Send the struct of TYPE at P.  GPG_ERR_TOO_LARGE where it fits into no
   message; what a reader would refuse is sent.  */
gpg_error_t packet_send (int fd, enum packet_type type, uint64_t id,
                         const void *p);

/* The same, with the descriptor PASSED, which stays the caller's.  */
gpg_error_t packet_send_fd (int fd, enum packet_type type, uint64_t id,
                            const void *p, int passed);

/* Read MSG into the struct of TYPE at P.  Pointers then point into MSG's
   body, and what they point to is wiped when its handler returns.
   GPG_ERR_BAD_DATA for what no writer would have written: names and
   fingerprints out of their grammar, addresses of no family or of two,
   unknown refusals and doors, empty messages, blobs and texts.  */
gpg_error_t packet_read (enum packet_type type, const struct message *msg,
                         void *p);

/* The two for one type of message.  */
#define PACKET_CODEC(name, NAME)                                        \
  static inline gpg_error_t                                             \
  packet_send_ ## name (int fd, uint64_t id, const struct packet_ ## name *p) \
  {                                                                     \
    return packet_send (fd, PACKET_ ## NAME, id, p);                    \
  }                                                                     \
  static inline gpg_error_t                                             \
  packet_read_ ## name (const struct message *msg, struct packet_ ## name *p) \
  {                                                                     \
    return packet_read (PACKET_ ## NAME, msg, p);                       \
  }

PACKET_CODEC (sealed, SEALED)
PACKET_CODEC (signed, SIGNED)
PACKET_CODEC (verified, VERIFIED)
PACKET_CODEC (refused, REFUSED)
PACKET_CODEC (counts, COUNTS)
PACKET_CODEC (recheck, RECHECK)
PACKET_CODEC (rechecked, RECHECKED)
PACKET_CODEC (grant, GRANT)
PACKET_CODEC (granted, GRANTED)
PACKET_CODEC (denied, DENIED)
PACKET_CODEC (close, CLOSE)
PACKET_CODEC (closed, CLOSED)
PACKET_CODEC (list, LIST)
PACKET_CODEC (listed, LISTED)
PACKET_CODEC (rebuilt, REBUILT)
PACKET_CODEC (ended, ENDED)
PACKET_CODEC (run, RUN)
PACKET_CODEC (output, OUTPUT)
PACKET_CODEC (ran, RAN)
PACKET_CODEC (begun, BEGUN)
PACKET_CODEC (leave, LEAVE)
PACKET_CODEC (hook, HOOK)
PACKET_CODEC (reloaded, RELOADED)
PACKET_CODEC (health, HEALTH)
PACKET_CODEC (ask, ASK)
PACKET_CODEC (answer, ANSWER)
PACKET_CODEC (ldap, LDAP)
PACKET_CODEC (check, CHECK)
PACKET_CODEC (verdict, VERDICT)
PACKET_CODEC (snapshot, SNAPSHOT)
PACKET_CODEC (taken, TAKEN)
PACKET_CODEC (mustered, MUSTERED)

/* A row of what a process may receive, and from whom.  The bounds of the
   body are not for it to say.  */
struct packet_rule
{
  uint16_t type;
  unsigned int from;            /* FROM_... of all who may send it.  */
  /* Handles one message.  GPG_ERR_BAD_DATA and GPG_ERR_UNEXPECTED_MSG mean
     that it must not be: packet_dispatch logs it and the process ends.  */
  gpg_error_t (*handler) (void *hook, const struct message *msg);
  bool with_fd;                 /* MSG->fd is the handler's, if it is not -1. */
};
#define PACKET_RULE(name, from, handler) \
  { PACKET_ ## name, from, handler, false }
#define PACKET_RULE_FD(name, from, handler) \
  { PACKET_ ## name, from, handler, true }

/* Receive one message from FD (whose sender is FROM) and give it to its
   handler, without waiting.  A descriptor can only come where a row of TABLE
   allows one.  Returns what the handler does, or GPG_ERR_EOF
   when the other side is gone, GPG_ERR_EAGAIN where nothing waits,
   GPG_ERR_UNEXPECTED_MSG for what TABLE (N rows) does not list and
   GPG_ERR_BAD_DATA for a body out of its bounds.  */
gpg_error_t packet_dispatch (int fd, unsigned int from,
                             const struct packet_rule *table, size_t n,
                             void *hook);

#endif /*POSTERN_PACKETS_H*/
