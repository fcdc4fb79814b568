/* resolve.c - From names to addresses, in a time that is known.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child writes; it fits into a pipe at once.  */
struct answer
{
  int gai;
  struct resolve_result result;
};


static int
look_up (const char *name, uint16_t port, int family, int flags,
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

  return !look_up (name, 0, AF_UNSPEC, AI_NUMERICHOST, &result);
}


/* Read the child's answer.  */
static gpg_error_t
read_answer (int fd, unsigned int msecs, struct answer *r_answer)
{
  struct pollfd pfd = { fd, POLLIN, 0 };
  ssize_t n;

  do
    n = poll (&pfd, 1, (int) msecs);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return gpg_error_from_syserror ();
  if (!n)
    return gpg_error (GPG_ERR_TIMEOUT);
  n = read (fd, r_answer, sizeof *r_answer);
  return n == sizeof *r_answer && r_answer->result.n <= RESOLVE_MAX
    ? 0 : gpg_error (GPG_ERR_UNKNOWN_HOST);
}


static gpg_error_t
ask_child (const char *name, uint16_t port, int family, unsigned int msecs,
           struct answer *r_answer)
{
  gpg_error_t err;
  int fd[2];
  pid_t pid;

  if (pipe2 (fd, O_CLOEXEC))
    return gpg_error_from_syserror ();
  pid = fork ();
  if (!pid)
    {
      r_answer->gai = look_up (name, port, family, 0, &r_answer->result);
      _exit (write (fd[1], r_answer, sizeof *r_answer) < 0);
    }
  err = pid < 0 ? gpg_error_from_syserror () : 0;
  close (fd[1]);
  if (!err)
    {
      err = read_answer (fd[0], msecs, r_answer);
      kill (pid, SIGKILL);
      while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
        ;
    }
  close (fd[0]);
  return err;
}


gpg_error_t
resolve_name (const char *name, uint16_t port, int family,
              unsigned int msecs, struct resolve_result *r_result,
              int *r_gai)
{
  gpg_error_t err = 0;
  struct answer answer;

  memset (&answer, 0, sizeof answer);
  *r_gai = 0;
  if (resolve_is_literal (name))
    answer.gai = look_up (name, port, family, AI_NUMERICHOST,
                          &answer.result);
  else
    err = ask_child (name, port, family, msecs, &answer);
  *r_result = answer.result;
  *r_gai = answer.gai;
  return err ? err : answer.gai ? gpg_error (GPG_ERR_UNKNOWN_HOST) : 0;
}
