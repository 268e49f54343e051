/* A stand-in for NVIDIA's libnvidia-ml.so.1, for tests without a card.
 *
 * What it answers stands in the text file that FAKE_NVML_SCRIPT names, one "key value" a line, read again whenever it
 * changes. A key may be given for one card only: "1.temperature 80".
 *   error.FUNCTION CODE    that function fails with an nvmlReturn_t; "error.*" fails all but init and shutdown
 *   delay.FUNCTION MICROS  that function takes so long
 *   compute PID:BYTES,…    processes; PID may be "self", BYTES "na" (as under Windows' WDDM)
 * Not given: the values of an idle RTX 4090.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef unsigned int uint;
typedef unsigned long long u64;
typedef struct card { int index; } *Card;

enum { SUCCESS = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, INSUFFICIENT_SIZE = 7,
       WRONG_VERSION = 25 };
enum { CARDS = 8, LINES = 256, KEY = 80, TEXT = 160 };

static struct { char key[KEY], text[TEXT]; } lines[LINES];
static int line_count, references;
static struct stat seen;
static struct card cards[CARDS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void read_script(void) {
  const char *path = getenv("FAKE_NVML_SCRIPT");
  struct stat now;
  if (!path || stat(path, &now)) return;
  if (now.st_ino == seen.st_ino && now.st_size == seen.st_size &&
      now.st_mtim.tv_sec == seen.st_mtim.tv_sec && now.st_mtim.tv_nsec == seen.st_mtim.tv_nsec) return;
  FILE *file = fopen(path, "r");
  if (!file) return;
  seen = now;
  line_count = 0;
  char line[KEY + TEXT + 8];
  while (line_count < LINES && fgets(line, sizeof line, file))
    if (sscanf(line, "%79s %159[^\n]", lines[line_count].key, lines[line_count].text) == 2) line_count++;
  fclose(file);
}

static const char *find(const char *key) {
  for (int i = 0; i < line_count; i++) if (!strcmp(lines[i].key, key)) return lines[i].text;
  return NULL;
}

static const char *find2(const char *first, const char *second) {
  char key[2 * KEY];
  snprintf(key, sizeof key, "%s%s", first, second);
  return find(key);
}

static const char *text_of(Card card, const char *key, const char *otherwise) {
  char prefix[16];
  snprintf(prefix, sizeof prefix, "%d.", card ? card->index : 0);
  const char *own = find2(prefix, key), *shared = own ? own : find(key);
  return shared ? shared : otherwise;
}

static u64 number(Card card, const char *key, u64 otherwise) {
  const char *text = text_of(card, key, NULL);
  return text ? strtoull(text, NULL, 0) : otherwise;
}

enum { ASKS, STARTS, ENDS };

static int enter(const char *function, int kind) {
  pthread_mutex_lock(&mutex);
  read_script();
  const char *delay = find2("delay.", function), *error = find2("error.", function);
  if (!error && kind == ASKS) error = find("error.*");
  int micros = delay ? atoi(delay) : 0;
  int code = error ? atoi(error) : (kind != STARTS && references < 1) ? UNINITIALIZED : SUCCESS;
  if (!code) references += kind == STARTS ? 1 : kind == ENDS ? -1 : 0;
  pthread_mutex_unlock(&mutex);
  if (micros) usleep(micros);
  return code;
}

#define ENTER do { int code_ = enter(__func__, ASKS); if (code_) return code_; } while (0)

static int copy(const char *text, char *target, uint room) {
  if (strlen(text) >= room) return INSUFFICIENT_SIZE;
  strcpy(target, text);
  return SUCCESS;
}

int nvmlInitWithFlags(uint flags) {
  (void)flags;
  for (int i = 0; i < CARDS; i++) cards[i].index = i;
  return enter(__func__, STARTS);
}
int nvmlInit_v2(void) { return nvmlInitWithFlags(0); }
int nvmlShutdown(void) { return enter(__func__, ENDS); }
const char *nvmlErrorString(int code) {
  switch (code) {
    case SUCCESS: return "Success";
    case UNINITIALIZED: return "Uninitialized";
    case NOT_SUPPORTED: return "Not Supported";
    case 9: return "Driver Not Loaded";
    case 15: return "GPU is lost";
    case 16: return "GPU requires restart";
    default: return "Unknown Error";
  }
}
int nvmlSystemGetDriverVersion(char *text, uint room) { ENTER; return copy(text_of(NULL, "driver", "575.64.03"), text, room); }
int nvmlSystemGetCudaDriverVersion_v2(int *version) { ENTER; *version = (int)number(NULL, "cuda", 12090); return SUCCESS; }
int nvmlDeviceGetCount_v2(uint *count) { ENTER; *count = (uint)number(NULL, "count", 1); return SUCCESS; }
int nvmlDeviceGetHandleByIndex_v2(uint index, Card *card) {
  ENTER;
  if (index >= number(NULL, "count", 1) || index >= CARDS) return INVALID_ARGUMENT;
  *card = &cards[index];
  return SUCCESS;
}
int nvmlDeviceGetHandleByPciBusId_v2(const char *bus, Card *card) {
  ENTER;
  for (uint index = 0; index < number(NULL, "count", 1) && index < CARDS; index++) {
    char own[32];
    snprintf(own, sizeof own, "0000:%02x:00.0", index + 1);
    if (!strcmp(text_of(&cards[index], "bus", own), bus)) { *card = &cards[index]; return SUCCESS; }
  }
  return 6; /* Not found. */
}
int nvmlDeviceGetName(Card card, char *text, uint room) {
  ENTER;
  return copy(text_of(card, "name", "NVIDIA GeForce RTX 4090"), text, room);
}
int nvmlDeviceGetUUID(Card card, char *text, uint room) {
  ENTER;
  char uuid[64];
  snprintf(uuid, sizeof uuid, "GPU-0000000%d-1111-2222-3333-444444444444", card->index);
  return copy(text_of(card, "uuid", uuid), text, room);
}

typedef struct { u64 total, free, used; } Memory;
typedef struct { uint version; u64 total, reserved, free, used; } MemoryV2;

static MemoryV2 memory_of(Card card) {
  MemoryV2 memory = {0, number(card, "memory_total", 25757220864ULL), number(card, "memory_reserved", 367001600ULL), 0,
                     number(card, "memory_used", 2147483648ULL)};
  u64 taken = memory.used + memory.reserved;
  memory.free = memory.total > taken ? memory.total - taken : 0;
  return memory;
}
int nvmlDeviceGetMemoryInfo(Card card, Memory *out) {
  ENTER;
  MemoryV2 memory = memory_of(card);
  *out = (Memory){memory.total, memory.free, memory.used + memory.reserved};
  return SUCCESS;
}
int nvmlDeviceGetMemoryInfo_v2(Card card, MemoryV2 *out) {
  ENTER;
  if (out->version != (sizeof *out | (2u << 24))) return WRONG_VERSION;
  uint version = out->version;
  *out = memory_of(card);
  out->version = version;
  return SUCCESS;
}

int nvmlDeviceGetTemperature(Card card, int sensor, uint *celsius) {
  ENTER;
  if (sensor) return INVALID_ARGUMENT;
  *celsius = (uint)number(card, "temperature", 45);
  return SUCCESS;
}
int nvmlDeviceGetTemperatureThreshold(Card card, int kind, uint *celsius) {
  ENTER;
  if (kind > 1) return NOT_SUPPORTED;
  *celsius = (uint)(kind ? number(card, "slowdown", 92) : number(card, "shutdown", 95));
  return SUCCESS;
}

typedef struct { uint gpu, memory; } Utilization;
int nvmlDeviceGetUtilizationRates(Card card, Utilization *out) {
  ENTER;
  *out = (Utilization){(uint)number(card, "utilization", 7), (uint)number(card, "memory_utilization", 3)};
  return SUCCESS;
}
#define ONE(function, key, otherwise) \
  int function(Card card, uint *value) { ENTER; *value = (uint)number(card, key, otherwise); return SUCCESS; }
ONE(nvmlDeviceGetNumGpuCores, "cores", 16384)
ONE(nvmlDeviceGetPowerUsage, "power", 38500)                /* milliwatts */
ONE(nvmlDeviceGetEnforcedPowerLimit, "power_limit", 450000) /* milliwatts */
ONE(nvmlDeviceGetFanSpeed, "fan", 30)
ONE(nvmlDeviceGetPerformanceState, "pstate", 8)
ONE(nvmlDeviceGetCurrPcieLinkGeneration, "pcie_generation", 4)
ONE(nvmlDeviceGetCurrPcieLinkWidth, "pcie_width", 16)
#define PERIOD(function, key) \
  int function(Card card, uint *value, uint *micros) { ENTER; *value = (uint)number(card, key, 0); *micros = 167000; return SUCCESS; }
PERIOD(nvmlDeviceGetEncoderUtilization, "encoder")
PERIOD(nvmlDeviceGetDecoderUtilization, "decoder")

int nvmlDeviceGetClockInfo(Card card, int kind, uint *megahertz) {
  ENTER;
  static const char *const keys[] = {"graphics_clock", "sm_clock", "memory_clock", "video_clock"};
  static const uint otherwise[] = {210, 210, 405, 1185};
  if (kind < 0 || kind > 3) return INVALID_ARGUMENT;
  *megahertz = (uint)number(card, keys[kind], otherwise[kind]);
  return SUCCESS;
}
int nvmlDeviceGetCurrentClocksEventReasons(Card card, u64 *bits) { ENTER; *bits = number(card, "throttle", 1); return SUCCESS; }
int nvmlDeviceGetCurrentClocksThrottleReasons(Card card, u64 *bits) { return nvmlDeviceGetCurrentClocksEventReasons(card, bits); }
int nvmlDeviceGetPcieThroughput(Card card, int counter, uint *kilobytes) {
  ENTER;
  usleep((uint)number(card, "pcie_micros", 20000)); /* The real one measures for 20 ms. */
  *kilobytes = (uint)(counter ? number(card, "pcie_received", 1200) : number(card, "pcie_sent", 800));
  return SUCCESS;
}

typedef struct { uint pid; u64 memory; uint gpu_instance, compute_instance; } Process;
static int processes(const char *text, uint *count, Process *out) {
  uint room = *count, found = 0;
  char list[TEXT] = "", *rest = list, *item;
  strncpy(list, text, TEXT - 1);
  Process all[16];
  while (found < 16 && (item = strsep(&rest, ",")) && *item) {
    char *colon = strchr(item, ':');
    if (!colon) continue;
    all[found].pid = strncmp(item, "self", 4) ? (uint)strtoul(item, NULL, 10) : (uint)getpid();
    all[found].memory = strcmp(colon + 1, "na") ? strtoull(colon + 1, NULL, 10) : ~0ULL;
    all[found].gpu_instance = all[found].compute_instance = ~0u;
    found++;
  }
  *count = found;
  if (found && (!out || room < found)) return INSUFFICIENT_SIZE;
  if (found) memcpy(out, all, found * sizeof *out);
  return SUCCESS;
}
int nvmlDeviceGetComputeRunningProcesses_v3(Card card, uint *count, Process *out) {
  ENTER;
  return processes(text_of(card, "compute", ""), count, out);
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(Card card, uint *count, Process *out) {
  ENTER;
  return processes(text_of(card, "graphics", ""), count, out);
}
