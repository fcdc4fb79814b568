/* posternd-muster.c - The roster's snapshot: when it is made, and who has it.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * muster judges the roster's keyring with gpg and writes the snapshot into a
 * memfd.  It is a program for one judgement: started at first, after a
 * reload, when the keyring changes on the disk, and when the validity of a key
 * begins or ends.  When it has ended well the memfd is sealed, and each verify
 * gets it, with a number that only grows.  What muster wrote is never read
 * here.
 *
 * If muster fails, the snapshot that there is stays: to refuse everybody would
 * let whoever can make gpg fail lock out all others.  The log and the status
 * say so, and it is tried again.  */

#include "posternd.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../common/base/log.h"
#include "../../common/base/ticks.h"
#include "../role/role.h"

/* Microseconds.  */
#define SETTLE      100000u     /* After a change, for those that follow.  */
#define DEADLINE    120000000u  /* Of one muster.  */
#define AGAIN_FIRST 1000000u    /* After one that failed.  */
#define AGAIN_MOST  60000000u
#define LOOK_EVERY  1000000u    /* Where changes cannot be watched.  */
#define TAKE_WAIT   3000000u    /* For a verify to take a snapshot.  */

#define NEXT_LEAST 60           /* Seconds to a change that muster names for
                                   a time that is past already.  */


gpg_error_t
muster_open (struct posternd *posternd)
{
  struct muster *muster = &posternd->muster;

  muster->home = config_state_path (posternd->config, "muster");
  if (!muster->home)
    return gpg_error_from_syserror ();
  muster->watch_fd = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
  if (muster->watch_fd < 0)
    log_warn ("changes of the keyring are looked for every second: %s",
              strerror (errno));
  muster_ask (posternd);
  return 0;
}

void
muster_close (struct posternd *posternd)
{
  struct muster *muster = &posternd->muster;

  if (muster->run.pid > 0)
    kill (-muster->run.pid, SIGKILL);
  muster_run_close (&muster->run);
  if (muster->snapshot_fd >= 0)
    close (muster->snapshot_fd);
  if (muster->watch_fd >= 0)
    close (muster->watch_fd);
  muster->snapshot_fd = muster->watch_fd = -1;
  free (muster->home);
  muster->home = NULL;
}


/* What changes on the disk.  */

static const char *const keyring_files[] =
  { "pubring.kbx", "pubring.gpg", "trustdb.gpg" };
#define N_KEYRING_FILES (sizeof keyring_files / sizeof *keyring_files)

/* A number that changes with the files of the keyring.  */
static uint64_t
look_at_keyring (const struct muster *muster)
{
  uint64_t sum = 0;
  struct stat st;
  char *path;
  size_t i;

  for (i = 0; i < N_KEYRING_FILES; i++)
    if (asprintf (&path, "%s/%s", muster->home, keyring_files[i]) >= 0)
      {
        if (!stat (path, &st))
          sum = sum * 31 + (uint64_t)st.st_ino + (uint64_t)st.st_size
            + (uint64_t)st.st_ctim.tv_sec * 1000000000u
            + (uint64_t)st.st_ctim.tv_nsec;
        free (path);
      }
  return sum;
}

/* The watch is on the folder, and made again each time: the folder may have
   been replaced.  It is the same watch if it was not.  */
static void
watch_keyring (struct muster *muster)
{
  if (muster->watch_fd >= 0
      && inotify_add_watch (muster->watch_fd, muster->home,
                            IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_ATTRIB
                            | IN_DELETE_SELF | IN_MOVE_SELF
                            | IN_ONLYDIR) < 0)
    log_debug ("%s: %s", muster->home, strerror (errno));
}

/* GnuPG writes locks and other files beside the keyring.  */
static bool
is_of_keyring (const char *name)
{
  size_t i;

  for (i = 0; i < N_KEYRING_FILES; i++)
    if (!strcmp (name, keyring_files[i]))
      return true;
  return false;
}

/* True if one of the events in the LEN bytes at BUF is of the keyring.  */
static bool
has_change (const char *buf, size_t len)
{
  struct inotify_event event;
  size_t at = 0;

  while (len - at >= sizeof event)
    {
      memcpy (&event, buf + at, sizeof event);
      if (!event.len || is_of_keyring (buf + at + sizeof event))
        return true;            /* Without a name: the folder itself.  */
      at += sizeof event + event.len;
    }
  return false;
}

void
muster_hear_watch (struct posternd *posternd)
{
  struct muster *muster = &posternd->muster;
  char buf[4096];
  ssize_t n = read (muster->watch_fd, buf, sizeof buf);
  uint64_t due = ticks_us () + SETTLE;

  if (n > 0 && has_change (buf, (size_t)n)
      && (!muster->due || muster->due > due))
    muster->due = due;
}

void
muster_ask (struct posternd *posternd)
{
  posternd->muster.due = ticks_us ();
  posternd->muster.asked = posternd->muster.begun + 1;
}


/* One run.  */

/* Try again later, and say so once for several failures in a row.  */
static void
muster_failed (struct posternd *posternd, const char *why)
{
  struct muster *muster = &posternd->muster;

  muster_run_close (&muster->run);
  muster->pause = muster->pause ? muster->pause * 2 : AGAIN_FIRST;
  if (muster->pause > AGAIN_MOST)
    muster->pause = AGAIN_MOST;
  muster->due = ticks_us () + muster->pause;
  if (!muster->failures++)
    log_error ("the roster's keys cannot be judged (%s); %s, and it is tried"
               " again", why, muster->generation
               ? "the last judgement stays" : "nobody can come in");
}

/* What was asked for, at the start and by a reload, is judged anew: a muster
   that was once taken over is not to be believed for ever.  */
static void
begin_muster (struct posternd *posternd)
{
  struct muster *muster = &posternd->muster;
  gpg_error_t err;
  bool anew;

  muster->due = 0;
  muster->since = ticks_us ();
  muster->begun++;
  muster->told = false;
  anew = muster->judged < muster->asked;
  watch_keyring (muster);
  muster->seen = look_at_keyring (muster);
  err = muster_spawn (posternd->libexec, muster->home, posternd->verbose,
                      anew ? -1 : muster->snapshot_fd, &muster->run);
  if (err)
    muster_failed (posternd, gpg_strerror (err));
}


static gpg_error_t
seal_snapshot (struct muster *muster)
{
  int fd;
  gpg_error_t err = muster_seal (&muster->run, &fd);

  if (err)
    return err;
  if (muster->snapshot_fd >= 0)
    close (muster->snapshot_fd);
  muster->snapshot_fd = fd;
  muster->generation++;
  return 0;
}

gpg_error_t
muster_hand_over (struct posternd *posternd, struct child *child)
{
  struct muster *muster = &posternd->muster;
  struct packet_snapshot packet = { muster->generation };
  gpg_error_t err;

  if (child->kind != KIND_VERIFY || child->fd < 0 || !muster->generation
      || child->handed == muster->generation)
    return 0;
  err = packet_send_fd (child->fd, PACKET_SNAPSHOT, 0, &packet,
                        muster->snapshot_fd);
  if (!err)
    {
      child->handed = muster->generation;
      child->handed_at = ticks_us ();
    }
  return err;
}

/* One whose channel is full gets it later.  */
static void
hand_over_all (struct posternd *posternd)
{
  struct child *child;

  for (child = posternd->children; child; child = child->next)
    if (child->pid && !child->leaving)
      muster_hand_over (posternd, child);
}

static void
finish_muster (struct posternd *posternd)
{
  struct muster *muster = &posternd->muster;
  gpg_error_t err = seal_snapshot (muster);

  if (err)
    {
      muster_failed (posternd, gpg_strerror (err));
      return;
    }
  muster_run_close (&muster->run);
  muster->judged = muster->begun;
  if (muster->failures)
    log_info ("the roster's keys are judged again");
  muster->failures = 0;
  muster->pause = 0;
  hand_over_all (posternd);
}


static gpg_error_t
take_mustered (void *hook, const struct message *msg)
{
  struct muster *muster = hook;
  uint64_t now = (uint64_t)time (NULL);
  struct packet_mustered p;
  gpg_error_t err = packet_read_mustered (msg, &p);

  if (!err && muster->told)
    err = gpg_error (GPG_ERR_UNEXPECTED_MSG);
  if (err)
    return err;
  muster->told = true;
  muster->keys = p.keys;
  muster->left_out = p.left_out;
  muster->next = p.next && p.next <= now ? now + NEXT_LEAST : p.next;
  return 0;
}

/* What muster says is only numbers, so that a wrong word of it spoils but this
   run.  */
void
muster_hear (struct posternd *posternd)
{
  static const struct packet_rule table[] =
    { PACKET_RULE (MUSTERED, FROM_MUSTER, take_mustered) };
  struct muster *muster = &posternd->muster;
  gpg_error_t err = packet_dispatch (muster->run.fd, FROM_MUSTER, table, 1,
                                     muster);

  if (!err || gpg_err_code (err) == GPG_ERR_EAGAIN)
    return;
  close (muster->run.fd);       /* Its end is seen by muster_ended.  */
  muster->run.fd = -1;
  if (gpg_err_code (err) == GPG_ERR_EOF)
    return;
  muster->told = false;
  if (muster->run.pid > 0)
    kill (-muster->run.pid, SIGKILL);
}

void
muster_ended (struct posternd *posternd, pid_t pid, int status)
{
  struct muster *muster = &posternd->muster;
  char text[80];

  if (!muster->run.pid || pid != muster->run.pid)
    return;
  /* Its gpg belongs to the same group, and must not go on without it.  */
  kill (-muster->run.pid, SIGKILL);
  muster->run.pid = 0;
  if (muster->run.fd >= 0)
    muster_hear (posternd);
  if (WIFEXITED (status) && !WEXITSTATUS (status) && muster->told)
    finish_muster (posternd);
  else
    {
      supervise_describe_end (status, text, sizeof text);
      muster_failed (posternd, text);
    }
}

/* Whether it is time for another run though nobody asked: a key begins or
   ends, or the keyring has changed where that is not watched.  */
static bool
is_outdated (const struct muster *muster)
{
  if (muster->next && (uint64_t)time (NULL) >= muster->next)
    return true;
  return muster->watch_fd < 0 && look_at_keyring (muster) != muster->seen;
}

void
muster_step (struct posternd *posternd)
{
  struct muster *muster = &posternd->muster;
  uint64_t now = ticks_us ();

  if (muster->run.pid && now - muster->since >= DEADLINE)
    {
      log_warn ("muster (pid %ld) has not finished for %u s: killed",
                (long)muster->run.pid, DEADLINE / 1000000u);
      kill (-muster->run.pid, SIGKILL);
      muster->since = now;      /* It will be reaped.  */
    }
  if (!muster->run.pid && !muster->due && is_outdated (muster))
    muster->due = now;
  if (!muster->run.pid && muster->due && now >= muster->due)
    {
      muster->next = 0;
      begin_muster (posternd);
    }
  if (muster->generation)
    hand_over_all (posternd);
}

uint64_t
muster_due (const struct posternd *posternd)
{
  const struct muster *muster = &posternd->muster;
  uint64_t now = ticks_us (), seconds = (uint64_t)time (NULL);

  if (muster->run.pid)
    return muster->since + DEADLINE;
  if (muster->due)
    return muster->due;
  if (muster->watch_fd < 0)
    return now + LOOK_EVERY;
  /* Never far ahead, for the clock may be set.  */
  if (!muster->next || muster->next > seconds + NEXT_LEAST)
    return now + NEXT_LEAST * 1000000u;
  return muster->next <= seconds ? now
    : now + (muster->next - seconds) * 1000000u;
}


static bool
has_taken (const struct posternd *posternd, const struct child *child)
{
  return child->kind != KIND_VERIFY || child->leaving
         || child->taken == posternd->muster.generation;
}

static bool
all_have_taken (struct posternd *posternd)
{
  struct child *child;

  for (child = posternd->children; child; child = child->next)
    if (!has_taken (posternd, child))
      return false;
  return true;
}

void
muster_taken (struct posternd *posternd)
{
  struct muster *muster = &posternd->muster;

  if (muster->said == muster->generation || !all_have_taken (posternd))
    return;
  muster->said = muster->generation;
  if (muster->left_out)
    log_warn ("the roster's keys are judged: %u in use, %u left out; muster"
              " has said which", muster->keys, muster->left_out);
  else
    log_info ("the roster's keys are judged: %u in use", muster->keys);
}

bool
muster_settled (struct posternd *posternd)
{
  struct muster *muster = &posternd->muster;

  /* What has just changed on the disk counts as asked for.  One that fails is
     no reason to wait: the log has said so.  */
  if (!muster->failures && muster->asked <= muster->begun
      && look_at_keyring (muster) != muster->seen)
    muster_ask (posternd);
  return (muster->judged >= muster->asked || muster->failures)
         && all_have_taken (posternd);
}

const char *
muster_trouble (struct posternd *posternd)
{
  struct muster *muster = &posternd->muster;
  struct child *child;
  uint64_t now = ticks_us ();

  if (muster->failures)
    return "the roster's keys cannot be judged; see the log";
  for (child = posternd->children; child; child = child->next)
    if (child->ready && child->handed && !has_taken (posternd, child)
        && now - child->handed_at >= TAKE_WAIT)
      return "verify does not take the roster's keys; see the log";
  return NULL;
}
