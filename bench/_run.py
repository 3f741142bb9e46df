import time,os,sys
w0=time.perf_counter()
import atexit
marks=[]
def mark(n): marks.append((n,time.process_time(),time.thread_time(),time.perf_counter()-w0))
mark("start")
import textual.app
mark("textual")
import vmms_tui.app
mark("app")
from vmms_tui.app import VmmsApp
from vmms_tui.widgets.thrift.app import ThriftyApp
o=ThriftyApp._display
def d(self,s,r):
    o(self,s,r)
    if r is not None: mark("display %s"%type(r).__name__)
    if len(marks)>12: self.exit()
ThriftyApp._display=d
c=VmmsApp.on_mount
def om(self): mark("mount"); c(self)
VmmsApp.on_mount=om
if os.environ.get("CP"):
    import cProfile; pr=cProfile.Profile(); pr.enable()
    def fin():
        pr.disable(); import pstats; pstats.Stats(pr,stream=open("/tmp/thrift/prof.txt","w")).sort_stats("tottime").print_stats(45)
    atexit.register(fin)
atexit.register(lambda: open("/tmp/thrift/marks.txt","w").write("\n".join(map(str,marks))))
sys.argv=["vmms",*sys.argv[1:]]
from vmms_tui.cli import main
main()
