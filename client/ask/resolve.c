/* resolve.c - From names to addresses, in a time that is known.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "resolve.h"

#include <netdb.h>
#include <string.h>
#include <unistd.h>
#include "../../common/base/program.h"

struct question
{
  const char *name;
  uint16_t port;
  int family;
};

/* What the child writes.  */
struct answer
{
  int gai;
  struct resolve_result result;
};


static int
look_up_addresses (const char *name, uint16_t port, int family, int flags,
                   struct resolve_result *r_result)
{
  struct addrinfo hints, *list, *ai;
  char service[8];
  int gai;

  memset (r_result, 0, sizeof *r_result);
  memset (&hints, 0, sizeof hints);
  hints.ai_family = family;
  hints.ai_socktype = SOCK_DGRAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  gpgrt_snprintf (service, sizeof service, "%u", (unsigned int) port);
  gai = getaddrinfo (name, service, &hints, &list);
  if (gai)
    return gai;
  for (ai = list; ai && r_result->n < RESOLVE_MAX; ai = ai->ai_next)
    {
      if (ai->ai_family != AF_INET && ai->ai_family != AF_INET6)
        continue;
      memcpy (&r_result->to[r_result->n].sa, ai->ai_addr, ai->ai_addrlen);
      r_result->to[r_result->n++].len = ai->ai_addrlen;
    }
  freeaddrinfo (list);
  return r_result->n ? 0 : EAI_NONAME;
}


bool
resolve_is_literal (const char *name)
{
  struct resolve_result result;

  return !look_up_addresses (name, 0, AF_UNSPEC, AI_NUMERICHOST, &result);
}


/* In the child.  */
static int
write_answer (void *arg)
{
  const struct question *question = arg;
  struct answer answer;

  memset (&answer, 0, sizeof answer);
  answer.gai = look_up_addresses (question->name, question->port,
                                  question->family, 0, &answer.result);
  return write (STDOUT_FILENO, &answer, sizeof answer) < 0;
}


static gpg_error_t
ask_child (struct question *question, unsigned int msecs,
           struct answer *r_answer)
{
  char buf[sizeof *r_answer + 1];
  const struct program program =
    { .call = write_answer, .arg = question, .timeout_ms = (int)msecs,
      .buf = buf, .size = sizeof buf };
  gpg_error_t err;
  size_t len;
  int status;

  err = program_run (&program, &len, &status);
  if (err)
    return err;
  if (len != sizeof *r_answer)
    return gpg_error (GPG_ERR_UNKNOWN_HOST);
  memcpy (r_answer, buf, len);
  return 0;
}


gpg_error_t
resolve_name (const char *name, uint16_t port, int family,
              unsigned int msecs, struct resolve_result *r_result,
              int *r_gai)
{
  gpg_error_t err = 0;
  struct question question = { name, port, family };
  struct answer answer;

  memset (&answer, 0, sizeof answer);
  *r_gai = 0;
  if (resolve_is_literal (name))
    answer.gai = look_up_addresses (name, port, family, AI_NUMERICHOST,
                                    &answer.result);
  else
    err = ask_child (&question, msecs, &answer);
  *r_result = answer.result;
  *r_gai = answer.gai;
  return err ? err : answer.gai ? gpg_error (GPG_ERR_UNKNOWN_HOST) : 0;
}
