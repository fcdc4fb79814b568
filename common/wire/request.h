/* request.h - The signed text of a request: its one reader and writer.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The grammar is the table "The request" of doc/PROTOCOL.md.  request_parse
 * reads what request_write writes, and there is no second text for the same
 * request: request_parse refuses every other spelling.
 *
 * Which lines go with which action:
 *
 *   each                    postern-request, key, time (1 to 2^53 - 1), to
 *                           (different pairs), action, source; optionally
 *                           user (1 to 64 bytes), reason, reply
 *   open                    ports; optionally bind, once, for (1 to
 *                           31622400), forward (with exactly one port)
 *   open, run               optionally emergency, with a reason
 *   run                     command; optionally arg
 *   approve, deny, result   request
 *   result, pending         optionally arg from=N: the answer from its
 *                           byte N on (1 to REQUEST_MAX_FROM)
 *   pending                 optionally arg id=HEX: only the request whose
 *                           hash begins with HEX (8 to 64 digits)
 *
 * No line goes with an action of another row.  source is an address only
 * for open, close, run and whoami; the others do not use one, and say
 * "observed".  An IPv6 address in forward stands in brackets, and both it
 * and source are addresses that netspec_addr_grantable allows.  user and
 * reason, decoded, are clean text (encode_is_clean) without an LF; the
 * value of an arg is any bytes other than NUL, and may be empty.  */

#ifndef POSTERN_REQUEST_H
#define POSTERN_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gpg-error.h>
#include "../base/netspec.h"

#define REQUEST_MAXLEN 1200     /* Bytes of the text.  */
#define REQUEST_KEYLEN 32
#define REQUEST_HASHLEN 32
#define REQUEST_MAX_TARGETS 16
#define REQUEST_MAX_ARGS 32
#define REQUEST_ARG_LINE "line" /* The one argument of free form.  */
#define REQUEST_SHORTLEN 8      /* Hex digits of a short id.  */
#define REQUEST_MAX_FROM 16777216

enum request_action
  {
    REQUEST_OPEN = 1,
    REQUEST_CLOSE,
    REQUEST_RUN,
    REQUEST_RESULT,
    REQUEST_PENDING,
    REQUEST_APPROVE,
    REQUEST_DENY,
    REQUEST_WHOAMI
  };

struct request_target
{
  char host[NETSPEC_NAMELEN + 1];
  char fpr[NETSPEC_FPRLEN + 1];
};

struct request_arg
{
  char name[NETSPEC_NAMELEN + 1];
  char *value;                  /* Decoded.  No NUL inside.  */
};

struct request_s
{
  unsigned char key[REQUEST_KEYLEN];
  uint64_t time;
  unsigned int n_targets;
  struct request_target target[REQUEST_MAX_TARGETS];
  enum request_action action;
  char *user;                   /* NULL: not given.  Decoded.  */
  struct net_addr source;       /* AF_UNSPEC: observed.  */
  struct port_set ports;        /* n == 0: not given.  */
  uint16_t bind;                /* 0: not given.  */
  bool once;
  uint32_t seconds;             /* "for"; 0: not given.  */
  struct net_addr forward;      /* AF_UNSPEC: not given.  */
  uint16_t forward_port;
  char command[NETSPEC_NAMELEN + 1];
  unsigned int n_args;
  struct request_arg arg[REQUEST_MAX_ARGS];
  bool has_request;
  unsigned char request[REQUEST_HASHLEN];
  char *reason;                 /* NULL: not given.  Decoded.  */
  bool emergency;
  bool no_reply;
};
typedef struct request_s *request_t;

/* A zeroed request.  GPG_ERR_ENOMEM.  request_release wipes it.  */
gpg_error_t request_new (request_t *r_req);
void request_release (request_t req);

/* Parse the LEN bytes at TEXT, which need no NUL.  On failure *R_REQ is
   NULL and *R_WHY (R_WHY may be NULL) is a constant text for the audit that
   names the line and what is wrong with it.  GPG_ERR_BAD_DATA,
   GPG_ERR_UNSUPPORTED_PROTOCOL for another version, or GPG_ERR_ENOMEM.
   Which lines go with which action is part of the grammar and checked
   here.  */
gpg_error_t request_parse (const void *text, size_t len,
                           request_t *r_req, const char **r_why);

/* Write REQ.  *R_TEXT has *R_LEN bytes, followed by a NUL, and is to be
   released with request_text_release, which wipes it (it holds the key).
   With *R_WHY, GPG_ERR_TOO_LARGE for a text of more than REQUEST_MAXLEN
   bytes, and GPG_ERR_INV_VALUE for a REQ that request_parse would refuse
   otherwise.  */
gpg_error_t request_write (request_t req, char **r_text, size_t *r_len,
                           const char **r_why);
void request_text_release (char *text, size_t len);

/* The request hash: SHA-256 (FIPS 180-4) of the text as signed.  */
void request_hash (const void *text, size_t len,
                   unsigned char hash[REQUEST_HASHLEN]);

/* The name of an action as in the text, and its reverse (0: unknown).  */
const char *request_action_name (enum request_action action);
enum request_action request_action_find (const char *name);

/* The value of the argument NAME, which lasts as long as REQ; NULL if it is
   not given.  */
const char *request_arg_value (request_t req, const char *name);

/* The value of the argument "from"; 0 if it is not given.  */
uint32_t request_from (request_t req);

/* True if REQ names HOST with FPR among its targets.  */
bool request_is_for (request_t req, const char *host, const char *fpr);

#endif /*POSTERN_REQUEST_H*/
