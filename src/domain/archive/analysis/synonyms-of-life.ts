/** Groups of words that stand for one another in everyday notes and errands; see `synonyms.ts`. */
export const LIFE_SYNONYMS = `
일정 약속 스케줄 계획 schedule calendar plan
구독 정기구독 subscribe subscription
올해 금년 이번년도
작년 지난해 저번년도
내년 다음해
오늘 금일 today
내일 명일 tomorrow
어제 작일 yesterday
언제 며칠 날짜 시간 시점
어디 장소 위치 곳 where location place
누구 사람 이름 who
왜 이유 까닭 원인 why reason cause
어떻게 방법 법 방식 how way method
얼마 몇 가격 값 정도
얼마나 몇 정도 얼마
무엇 뭐 어떤 what
그림 이미지 사진 image picture photo 짤
영상 동영상 비디오 video movie
소리 오디오 음성 audio sound voice
고객 손님 클라이언트 customer client
바라 원하 싶 희망
크 거대 big large
작 소형 small tiny
길 장문 long
짧 단문 short
많 다수 many multiple 여러
여러 다중 복수 다수 multiple multi
적 소수 few
좋 괜찮 낫 훌륭 good
나쁘 싫 bad
쉽 간단 간편 easy simple 손쉽
어렵 까다롭 difficult hard
안전 보안 시큐리티 secure security safe
위험 취약 danger risk vulnerable
비 빈 공백 empty blank null
가게 상점 매장 점포 store shop
비용 요금 값 가격 돈 cost price fee
결제 지불 납부 payment pay 페이
주문 오더 order
환불 되돌려받 refund
배송 배달 택배 delivery shipping
회의 미팅 모임 meeting
메일 이메일 전자우편 편지 mail email
문자 메시지 메세지 쪽지 message sms
전화 통화 콜 phone call
날씨 기상 일기예보 기온 weather
비 강수 우천 rain
온도 기온 temperature
음식 요리 식사 먹 food cook
여행 관광 trip travel tour
집 주택 가정 home house
차 자동차 승용차 car 차량
버스 bus
공부 학습 배우 study learn
일 업무 작업 job task work
할일 작업 태스크 투두 todo task
`;
